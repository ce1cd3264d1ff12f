package io.lockstep.web.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.Set;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.h2.api.ErrorCode;
import org.h2.jdbcx.JdbcConnectionPool;
import org.jdbi.v3.core.Jdbi;

/// The console's database: one H2 file, brought to the present schema by Flyway when it is opened.
/// Thread-safe.
public final class Store implements AutoCloseable {
  private static final int CONNECTIONS_MAX = 8;

  private static final String RESTORE =
      "Bring back a copy of it; or move it away and start again: the console then begins anew, with"
          + " the user admin and the password in first.password.file. No volume is touched.";

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OWNERS_FOLDER =
      PosixFilePermissions.fromString("rwx------");

  private final JdbcConnectionPool pool;
  private final Hashing hashing = new Hashing();
  private final Users users;
  private final SignIns signIns;
  private final Audit audit;

  private Store(JdbcConnectionPool pool) {
    this.pool = pool;
    Jdbi jdbi = Jdbi.create(pool);
    this.users = new Users(jdbi);
    this.signIns = new SignIns(jdbi);
    this.audit = new Audit(jdbi);
  }

  /// Opens the database, creating or migrating it.
  ///
  /// @param path the file without H2's ending
  /// @throws IOException if the file is held by another console, is damaged, or is of a later
  /// release
  public static Store open(Path path) throws IOException {
    Path file = path.toAbsolutePath().resolveSibling(path.getFileName() + ".mv.db");
    prepare(file);
    JdbcConnectionPool pool =
        JdbcConnectionPool.create("jdbc:h2:file:" + path.toAbsolutePath(), "console", "");
    pool.setMaxConnections(CONNECTIONS_MAX);
    try {
      Flyway.configure().dataSource(pool).load().migrate();
    } catch (FlywayException e) {
      pool.dispose();
      throw new IOException(sentence(file, e), e);
    }
    Files.setPosixFilePermissions(file, OWNER_ONLY);
    return new Store(pool);
  }

  /// H2 takes an empty file for a new one, and there would be nobody in it but the first user.
  private static void prepare(Path file) throws IOException {
    Files.createDirectories(file.getParent(), PosixFilePermissions.asFileAttribute(OWNERS_FOLDER));
    if (!Files.exists(file)) {
      return;
    }
    if (Files.size(file) == 0) {
      throw new IOException(
          "The console's database " + file + " is empty, and so damaged, not new. " + RESTORE);
    }
    Files.setPosixFilePermissions(file, OWNER_ONLY);
  }

  private static String sentence(Path file, FlywayException e) {
    String what = "The console's database " + file;
    return switch (errorCode(e)) {
      case ErrorCode.DATABASE_ALREADY_OPEN_1 ->
          what + " is open in another console: stop that one, or set database.path to another.";
      case ErrorCode.FILE_CORRUPTED_1, ErrorCode.FILE_VERSION_ERROR_1 ->
          what + " is damaged (" + reason(e) + "). " + RESTORE;
      default -> what + " cannot be used: " + reason(e);
    };
  }

  private static int errorCode(Throwable e) {
    int code = 0;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      code = cause instanceof SQLException sql ? sql.getErrorCode() : code;
    }
    return code;
  }

  /// Flyway wraps what the database said; the first line of that is what a person needs.
  private static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
  }

  /// Where a place to hash a password is given.
  public Hashing hashing() {
    return hashing;
  }

  public Users users() {
    return users;
  }

  public SignIns signIns() {
    return signIns;
  }

  public Audit audit() {
    return audit;
  }

  @Override
  public void close() {
    pool.dispose();
  }
}
