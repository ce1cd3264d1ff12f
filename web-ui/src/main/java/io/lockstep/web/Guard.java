package io.lockstep.web;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import io.lockstep.web.store.Audit;
import io.lockstep.web.store.SignIns.SignIn;
import io.lockstep.web.store.Store;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Optional;

/// Who may do what: the sign-in cookie, the CSRF token of every form, and the headers that keep a
/// page from running what is not ours.
final class Guard {
  static final String COOKIE = "lockstep_sign_in";

  private static final String SIGN_IN = "sign-in";
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
          + " form-action 'self'; frame-ancestors 'none'";

  private final Store store;
  private final Clock clock;
  private final Lockout lockout = new Lockout();

  Guard(Store store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /// On every answer, pages and assets alike.
  static void headers(Context context) {
    context.header("Content-Security-Policy", POLICY);
    context.header("X-Content-Type-Options", "nosniff");
    context.header("X-Frame-Options", "DENY");
    context.header("Referrer-Policy", "same-origin");
    context.header("Cross-Origin-Opener-Policy", "same-origin");
  }

  /// Looks up the cookie; the outcome is with the request from then on.
  void identify(Context context) {
    String token = context.cookie(COOKIE);
    if (token != null) {
      store
          .signIns()
          .find(token, clock.instant())
          .ifPresent(found -> context.attribute(SIGN_IN, found));
    }
  }

  static Optional<SignIn> signIn(Context context) {
    return Optional.ofNullable(context.attribute(SIGN_IN));
  }

  /// Whether a form carries the token of its sign-in. Compared in constant time.
  static boolean hasToken(Context context) {
    String given = context.formParam("csrf");
    Optional<SignIn> known = signIn(context);
    return given != null
        && known.isPresent()
        && MessageDigest.isEqual(
            given.getBytes(StandardCharsets.UTF_8),
            known.get().csrf().getBytes(StandardCharsets.UTF_8));
  }

  /// How an attempt to sign in ended.
  enum Attempt {
    GOOD,
    WRONG,
    LOCKED
  }

  /// Checks name and password, with a pause after too many wrong ones.
  Attempt check(String user, String password, String address) {
    var now = clock.instant();
    if (lockout.isLocked("user " + user, now) || lockout.isLocked("from " + address, now)) {
      return Attempt.LOCKED;
    }
    if (!store.users().matches(user, password)) {
      lockout.failed("user " + user, now);
      lockout.failed("from " + address, now);
      audit(user, address, "sign in", "wrong name or password");
      return Attempt.WRONG;
    }
    lockout.succeeded("user " + user);
    lockout.succeeded("from " + address);
    return Attempt.GOOD;
  }

  void begin(Context context, String user) {
    String token = store.signIns().begin(user, context.ip(), clock.instant());
    var cookie = new Cookie(COOKIE, token);
    cookie.setHttpOnly(true);
    cookie.setSameSite(SameSite.STRICT);
    cookie.setPath("/");
    context.cookie(cookie);
    audit(user, context.ip(), "sign in", "done");
  }

  void end(Context context) {
    String token = context.cookie(COOKIE);
    if (token != null) {
      store.signIns().end(token);
    }
    context.removeCookie(COOKIE);
  }

  void audit(String user, String address, String action, String result) {
    store.audit().add(new Audit.Entry(clock.instant(), user, address, action, result));
  }
}
