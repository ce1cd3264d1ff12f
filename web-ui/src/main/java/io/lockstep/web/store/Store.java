package io.lockstep.web.store;

import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;
import org.jdbi.v3.core.Jdbi;

/// The console's database: one H2 file, brought to the present schema by Flyway when it is opened.
/// Thread-safe.
public final class Store implements AutoCloseable {
  private static final int CONNECTIONS_MAX = 8;

  private final JdbcConnectionPool pool;
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
  public static Store open(Path path) {
    JdbcConnectionPool pool =
        JdbcConnectionPool.create("jdbc:h2:file:" + path.toAbsolutePath(), "console", "");
    pool.setMaxConnections(CONNECTIONS_MAX);
    Flyway.configure().dataSource(pool).load().migrate();
    return new Store(pool);
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
