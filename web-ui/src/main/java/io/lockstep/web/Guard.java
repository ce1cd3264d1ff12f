package io.lockstep.web;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import io.lockstep.control.api.Problem;
import io.lockstep.web.store.Audit;
import io.lockstep.web.store.Hashing;
import io.lockstep.web.store.SignIns.SignIn;
import io.lockstep.web.store.Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
  private final Path firstPassword;
  private final Lockout lockout = new Lockout();

  /// @param firstPassword the file that goes once it was used
  Guard(Store store, Clock clock, Path firstPassword) {
    this.store = store;
    this.clock = clock;
    this.firstPassword = firstPassword;
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
    LOCKED,
    BUSY
  }

  /// Checks name and password, with a pause after too many wrong ones. Hashing is costly and
  /// anybody can ask for it, so failures are looked at before a place to hash is waited for, and
  /// again in it: many guesses at once are no more than many one after another.
  Attempt check(String user, String password, String address) {
    if (lockout.isLocked(user, address, clock.instant())) {
      return Attempt.LOCKED;
    }
    return store
        .hashing()
        .inPlace(Lockout.isHere(address), place -> guess(place, user, password, address))
        .orElse(Attempt.BUSY);
  }

  private Attempt guess(Hashing.Place place, String user, String password, String address) {
    if (lockout.isLocked(user, address, clock.instant())) {
      return Attempt.LOCKED;
    }
    if (store.users().matches(place, user, password)) {
      lockout.succeeded(user, address);
      FirstUser.used(firstPassword, user, password);
      return Attempt.GOOD;
    }
    lockout.failed(user, address, clock.instant());
    store
        .audit()
        .count(
            new Audit.Entry(
                clock.instant(), user, address, "sign in", "refused: wrong name or password"));
    return Attempt.WRONG;
  }

  /// Stores another password for somebody who has shown the present one.
  ///
  /// @return whether there was a place to hash it in time
  boolean changePassword(String user, String password, String address) {
    return store
        .hashing()
        .inPlace(
            Lockout.isHere(address),
            place -> {
              store.users().changePassword(place, user, password);
              store.signIns().endAll(user);
              return true;
            })
        .orElse(false);
  }

  /// What an attempt that failed is answered with.
  static Problem refusal(Attempt attempt, String what, String action) {
    return switch (attempt) {
      case GOOD -> throw new AssertionError("a good attempt is not refused");
      case WRONG -> new Problem(401, what, "the name or the password is wrong", action);
      case LOCKED ->
          new Problem(
              429,
              what,
              "there were too many wrong passwords",
              "wait %d seconds".formatted(Lockout.PAUSE.toSeconds()));
      case BUSY ->
          new Problem(503, what, "too many passwords are being checked", "try again in a moment");
    };
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
