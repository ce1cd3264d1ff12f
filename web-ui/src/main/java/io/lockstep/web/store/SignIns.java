package io.lockstep.web.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/// Who is signed in. The cookie holds a random token, the database its hash, so that a stolen
/// database opens no door. Survives a restart of the console. Thread-safe.
public final class SignIns {
  /// How long a sign-in lasts.
  public static final Duration LIFETIME = Duration.ofHours(12);

  private static final int TOKEN_BYTES = 32;

  private final Jdbi jdbi;
  private final SecureRandom dice = new SecureRandom();

  SignIns(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /// A person who is signed in.
  ///
  /// @param user their name
  /// @param csrf what each of their forms must carry
  public record SignIn(String user, String csrf) {}

  /// Signs somebody in.
  ///
  /// @return the token for the cookie
  public String begin(String user, String address, Instant now) {
    String token = random();
    jdbi.useHandle(
        handle -> {
          handle.execute("delete from sign_ins where expires_at < ?", utc(now));
          handle.execute(
              "insert into sign_ins (token_hash, user_name, csrf, address, created_at, expires_at)"
                  + " values (?, ?, ?, ?, ?, ?)",
              hash(token),
              user,
              random(),
              address,
              utc(now),
              utc(now.plus(LIFETIME)));
        });
    return token;
  }

  /// Whose token that is, if it still counts.
  public Optional<SignIn> find(String token, Instant now) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "select user_name, csrf from sign_ins"
                        + " where token_hash = :hash and expires_at > :now")
                .bind("hash", hash(token))
                .bind("now", utc(now))
                .map((row, _) -> new SignIn(row.getString("user_name"), row.getString("csrf")))
                .findOne());
  }

  public void end(String token) {
    jdbi.useHandle(
        handle -> handle.execute("delete from sign_ins where token_hash = ?", hash(token)));
  }

  /// Ends every sign-in of a user (their password was changed).
  public void endAll(String user) {
    jdbi.useHandle(handle -> handle.execute("delete from sign_ins where user_name = ?", user));
  }

  private String random() {
    byte[] bytes = new byte[TOKEN_BYTES];
    dice.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static String hash(String token) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
