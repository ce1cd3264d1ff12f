package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.iscsi.session.SessionLimits;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/// Which sessions the log of a daemon has.
@Timeout(60)
@Tag("shell")
final class SessionLogTest {
  private static final String NAME = "iqn.2026-11.io.lockstep:tester";

  private final Logger logger = (Logger) LoggerFactory.getLogger(Connection.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    log.start();
    logger.setLevel(Level.INFO); // As the programs have it.
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
    logger.setLevel(null);
  }

  @Test
  void sessionsThatOnlyAskForTargetsAreNotLogged() {
    PortalLimits limits = PortalLimits.DEFAULT;
    PortalConfig config = new PortalConfig("127.0.0.1", 0, 1, "", limits, SessionLimits.DEFAULT);
    try (PortalBench bench = new PortalBench(LoopKind.best(), config);
        TestInitiator asking = new TestInitiator(bench.port());
        TestInitiator host = new TestInitiator(bench.port())) {
      assertThat(asking.discover(NAME).status()).isZero();
      assertThat(host.login(NAME, 1, PortalBench.IQN).status()).isZero();
      host.testUnitReady(); // The line follows the answer to the login.
    }
    List<String> lines =
        log.list.stream()
            .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
            .map(ILoggingEvent::getFormattedMessage)
            .filter(line -> line.contains(": session with ") || line.contains("discovery"))
            .toList();
    assertThat(lines).singleElement().asString().endsWith(": session with " + PortalBench.IQN);
  }
}
