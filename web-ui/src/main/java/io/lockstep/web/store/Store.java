package io.lockstep.web.store;

import java.io.IOException;
import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.h2.jdbcx.JdbcConnectionPool;
import org.jdbi.v3.core.Jdbi;

/// The console's database: one H2 file, brought to the present schema by Flyway when it is opened.
/// Thread-safe.
public final class Store implements AutoCloseable {
  private static final int CONNECTIONS_MAX = 8;

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
    JdbcConnectionPool pool =
        JdbcConnectionPool.create("jdbc:h2:file:" + path.toAbsolutePath(), "console", "");
    pool.setMaxConnections(CONNECTIONS_MAX);
    try {
      Flyway.configure().dataSource(pool).load().migrate();
    } catch (FlywayException e) {
      pool.dispose();
      throw new IOException("The console's database " + path + " cannot be used: " + reason(e), e);
    }
    return new Store(pool);
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
