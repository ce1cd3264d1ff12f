package io.lockstep.iscsi.portal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.iscsi.login.RoleKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// One node asks the other's portal who serves.
@Tag("shell")
class RoleQuestionTest {
  private static final String KINDS = "io.lockstep.iscsi.portal.PortalBench#kinds";
  private static final String NAME = "iqn.2026-11.io.lockstep:test.node-1";
  private static final long PATIENT_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long IMPATIENT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  @ParameterizedTest
  @MethodSource(KINDS)
  void aPortalTellsTheOtherNodeAndNoStranger(LoopKind kind) {
    try (PortalBench bench = PortalBench.on(kind)) {
      assertThat(ask(bench, address(bench.port()), PortalBench.QUESTION, PATIENT_NANOS))
          .contains(new RoleKey.Told(0, true, 7));
      assertThat(ask(bench, address(bench.port()), "x,y", PATIENT_NANOS)).isEmpty();
      assertThat(bench.portal.sessions()).as("sessions that came of it").isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void whateverElseIsThereIsSilence(LoopKind kind) throws IOException {
    try (PortalBench bench = PortalBench.on(kind);
        ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress mute = address(other.getLocalPort());
      assertThat(ask(bench, mute, PortalBench.QUESTION, IMPATIENT_NANOS)).isEmpty();
      other.accept().close();
      for (byte[] nonsense :
          new byte[][] {new byte[0], new byte[48], "HTTP/1.0 200".getBytes(UTF_8)}) {
        CompletableFuture<Optional<RoleKey.Told>> answer =
            asked(bench, mute, PortalBench.QUESTION, PATIENT_NANOS);
        try (Socket accepted = other.accept()) {
          accepted.getInputStream().read();
          accepted.getOutputStream().write(nonsense);
        }
        assertThat(answer.orTimeout(30, TimeUnit.SECONDS).join()).isEmpty();
      }
    }
    try (PortalBench bench = PortalBench.on(kind)) {
      int free;
      try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        free = gone.getLocalPort();
      }
      assertThat(ask(bench, address(free), PortalBench.QUESTION, PATIENT_NANOS)).isEmpty();
      InetSocketAddress nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 3260);
      assertThat(ask(bench, nowhere, PortalBench.QUESTION, PATIENT_NANOS)).isEmpty();
    }
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static Optional<RoleKey.Told> ask(
      PortalBench bench, InetSocketAddress address, String question, long nanosMax) {
    return asked(bench, address, question, nanosMax).orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static CompletableFuture<Optional<RoleKey.Told>> asked(
      PortalBench bench, InetSocketAddress address, String question, long nanosMax) {
    var answer = new CompletableFuture<Optional<RoleKey.Told>>();
    var asked = new RoleQuestion.Asked(address, NAME, question, nanosMax);
    bench.owner.execute(
        () ->
            RoleQuestion.ask(
                bench.owner,
                asked,
                told -> assertThat(answer.complete(told)).as("answered once").isTrue()));
    return answer;
  }
}
