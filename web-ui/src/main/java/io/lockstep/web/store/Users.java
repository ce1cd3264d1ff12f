package io.lockstep.web.store;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/// The people who may sign in. Passwords are kept as Argon2id hashes only; what hashes one needs a
/// place to do so ([Hashing]). Thread-safe.
public final class Users {
  /// The shortest password that is taken.
  public static final int PASSWORD_LENGTH_MIN = 10;

  /// The longest: beyond it the hash would be a way to keep the machine busy.
  public static final int PASSWORD_LENGTH_MAX = 256;

  /// 19 MiB, two passes, one lane (OWASP's first choice for Argon2id).
  private static final Argon2Function HASH =
      Argon2Function.getInstance(19 * 1024, 2, 1, 32, Argon2.ID);

  /// Compared against when there is no such user, so that the answer takes as long.
  private static final String NOBODY =
      Password.hash("no such user").addRandomSalt().with(HASH).getResult();

  private final Jdbi jdbi;

  Users(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  public boolean isEmpty() {
    return names().isEmpty();
  }

  public List<String> names() {
    return jdbi.withHandle(
        handle ->
            handle.createQuery("select name from users order by name").mapTo(String.class).list());
  }

  public void create(Hashing.Place place, String name, String password, Instant now) {
    String hash = hash(password);
    jdbi.useHandle(
        handle ->
            handle.execute(
                "insert into users (name, password_hash, created_at) values (?, ?, ?)",
                name,
                hash,
                now.atOffset(ZoneOffset.UTC)));
  }

  public void changePassword(Hashing.Place place, String name, String password) {
    String hash = hash(password);
    jdbi.useHandle(
        handle -> handle.execute("update users set password_hash = ? where name = ?", hash, name));
  }

  /// Whether the password is that user's; takes about the same time if there is no such user.
  public boolean matches(Hashing.Place place, String name, String password) {
    if (password.length() > PASSWORD_LENGTH_MAX) {
      return false;
    }
    Optional<String> hash =
        jdbi.withHandle(
            handle ->
                handle
                    .createQuery("select password_hash from users where name = :name")
                    .bind("name", name)
                    .mapTo(String.class)
                    .findOne());
    boolean good = Password.check(password, hash.orElse(NOBODY)).with(HASH);
    return good && hash.isPresent();
  }

  private static String hash(String password) {
    return Password.hash(password).addRandomSalt().with(HASH).getResult();
  }
}
