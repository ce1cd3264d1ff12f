package io.lockstep.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlException;
import io.lockstep.node.LvmText;
import io.lockstep.peers.Message;
import io.lockstep.peers.MessageWriter;
import io.lockstep.peers.PeerLimits;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What comes from outside is a value, never the end of a node: each of these once ended a serving
/// Primary.
@Timeout(180)
@Tag("shell")
final class OutsideInputTest {
  private static final int AT_TYPE = 6;
  private static final int REPORT = 18;

  @TempDir private Path directory = Path.of("");

  @Test
  void aNullAmongTheInitiatorsIsRefusedAndNamed() throws Exception {
    try (var pair = new ProcessPair(directory)) {
      pair.startInSync();
      pair.client(0).createVolume("vm1", 4 << 20);

      Map<String, Object> body =
          Map.of("volume", "vm1", "initiators", Collections.singletonList(null));
      Problem problem =
          catchThrowableOfType(
                  ControlException.class,
                  () -> pair.client(1).call("POST", "/v1/exports", body, Object.class))
              .problem();

      assertThat(problem.status()).isEqualTo(400);
      assertThat(problem.why()).contains("initiators[0] is null");
      pair.assertAlive("after the request");
      assertThat(pair.client(0).exports()).isEmpty();
    }
  }

  @Test
  void halfARequestAndThenNothingEndsTheConnectionOnly() throws Exception {
    try (var pair = new ProcessPair(directory)) {
      pair.startInSync();
      for (String half :
          List.of(
              "POST /v1/volumes HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"name\":",
              "POST /v1/volumes HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"na",
              "GET /v1/sta")) {
        try (var raw = SocketChannel.open(StandardProtocolFamily.UNIX)) {
          raw.connect(UnixDomainSocketAddress.of(pair.socket(0)));
          raw.write(ByteBuffer.wrap(half.getBytes(UTF_8)));
        }
        assertThat(pair.client(0).status().reportedBy()).isEqualTo("a");
      }
      pair.assertAlive("after three halves");
    }
  }

  @Test
  void aReportOfTheOtherNodeWithoutItsListsIsUnderstood() throws Exception {
    var changed = new AtomicInteger();
    var pair = new ProcessPair(directory);
    try (pair;
        var proxy =
            PeerProxy.talking(pair.controlPort(), (_, message) -> poorer(message, changed))) {
      pair.dialControl(proxy.port());
      pair.startInSync();
      int before = changed.get();

      pair.await(1, status -> changed.get() > before + 4);
      PairStatus status = pair.client(0).status();

      assertThat(status.nodes()).extracting(NodeStatus::state).containsOnly(NodeStatus.RUNNING);
      pair.assertAlive("after " + changed.get() + " reports without lists");
    }
  }

  /// A report without its lists; every other message as it is.
  private static byte[] poorer(byte[] message, AtomicInteger changed) {
    if (message[AT_TYPE] != REPORT) {
      return message;
    }
    int start = PeerLimits.HEADER_BYTES;
    String text = new String(message, start, message.length - start, UTF_8);
    String poorer =
        text.replaceAll("\"(sessions|alerts|volumes|exports)\":\\[[^\\[\\]]*\\],?", "")
            .replace(",}", "}");
    changed.addAndGet(poorer.equals(text) ? 0 : 1);
    return MessageWriter.encode(new Message.Report(poorer.getBytes(UTF_8)));
  }

  @Test
  void aVolumeThatLvm2NamedOutsideOurAlphabetIsNotExportedAndCanBeRenamed() throws Exception {
    try (var pair = new ProcessPair(directory)) {
      long pv = TwoDaemons.dataOffset(pair.startInSync(), "a");
      pair.client(0).createVolume("upper-case-1", 4 << 20);
      pair.stop(1);
      pair.stop(0);
      for (int node = 0; node < 2; node++) {
        renameAsLvm2Would(pair.disk(node), pv, "upper-case-1", "Upper_Case+1");
      }
      pair.startInSync();
      assertThat(pair.client(0).volumes())
          .extracting(VolumeInfo::name)
          .containsExactly("Upper_Case+1");

      Problem problem =
          catchThrowableOfType(
                  ControlException.class,
                  () -> pair.client(0).createExport("Upper_Case+1", List.of()))
              .problem();

      assertThat(problem.status()).isEqualTo(409);
      assertThat(problem.why()).contains("'U' at position 1");
      assertThat(problem.action()).contains("lockstep volume rename");
      pair.client(0).renameVolume("Upper_Case+1", "plain");
      assertThat(pair.client(0).createExport("plain", List.of()).iqn()).endsWith(".plain");
      pair.assertAlive("after the export");
    }
  }

  private static void renameAsLvm2Would(Path disk, long pvOffset, String name, String newName)
      throws IOException {
    try (var file = FileChannel.open(disk, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var pv = new byte[LvmText.PV_BYTES];
      assertThat(file.read(ByteBuffer.wrap(pv), pvOffset)).isEqualTo(pv.length);
      byte[] before = pv.clone();
      LvmText.put(pv, LvmText.of(pv).replace(name + " {", newName + " {"));
      assertThat(Arrays.equals(before, pv)).isFalse();
      file.write(ByteBuffer.wrap(pv), pvOffset);
    }
  }
}
