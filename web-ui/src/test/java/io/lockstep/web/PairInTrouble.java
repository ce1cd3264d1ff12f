package io.lockstep.web;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.daemon.ProcessPair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/// A pair of real nodes, a and b, which gets into the states of [TroubleBrowserTest] one after
/// another: what is told of each is what nodes tell. a serves; it has a volume vm1, which is
/// exported.
final class PairInTrouble implements AutoCloseable {
  static final int A = 0;
  static final int B = 1;

  private static final int FILLED_BYTES = 40 << 20;
  private static final long EXTENT_BYTES = 4L << 20;
  private static final long VOLUME_BYTES = 32L << 20;

  private final ProcessPair nodes;
  private final Cable mirrorCable;
  private final Cable controlCable;

  PairInTrouble(Path directory) throws Exception {
    nodes = new ProcessPair(directory);
    mirrorCable = new Cable(nodes.peerPort());
    controlCable = new Cable(nodes.controlPort());
    nodes.dial(mirrorCable.port());
    nodes.dialControl(controlCable.port());
  }

  Path socket(int node) {
    return nodes.socket(node);
  }

  /// b is new, and is being filled; it takes a minute.
  void resyncs() throws IOException, ControlException {
    fill(nodes.disk(A));
    nodes.start(A);
    nodes.await(A, _ -> true);
    ControlClient a = nodes.client(A);
    a.mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at("a"));
    nodes.await(A, status -> status.mirrors().getFirst().group() != null);
    a.createVolume(new Requests.CreateVolume("vm1", VOLUME_BYTES));
    a.createExport(Requests.CreateExport.of("vm1", List.of()));
    mirrorCable.slow(true);
    nodes.start(B);
    nodes.await(A, status -> hasRate(side(status, A)));
  }

  /// Zeroes would be copied at once. What stands there was never a volume's.
  private static void fill(Path disk) throws IOException {
    byte[] content = new byte[FILLED_BYTES];
    new Random(1).nextBytes(content);
    try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(content), channel.size() - FILLED_BYTES);
    }
  }

  private static boolean hasRate(SideStatus side) {
    ResyncInfo resync = side.resync();
    return resync != null && resync.bytesPerSecond() > 0;
  }

  void isHealthy() throws IOException {
    mirrorCable.slow(false);
    nodes.awaitInSync();
  }

  /// a stands still, and b has seen that.
  void freezesItsPrimary() throws IOException, InterruptedException {
    nodes.signal(A, "STOP");
    nodes.await(B, PairInTrouble::isUnseen);
  }

  /// a is killed, and b has seen that.
  void losesItsPrimary() throws IOException {
    nodes.kill(A);
    nodes.await(B, PairInTrouble::isUnseen);
  }

  private static boolean isUnseen(PairStatus status) {
    return status.alerts().stream().anyMatch(alert -> alert.code().equals("no-primary"));
  }

  /// All is well again, and then both run, without a link.
  void isCut() throws IOException {
    nodes.start(A);
    nodes.awaitInSync();
    mirrorCable.cut();
    controlCable.cut();
    nodes.await(B, PairInTrouble::isUnseen);
    nodes.await(A, has("peer-away"));
  }

  /// Each node has served and changed while the other one could not be heard; then they meet.
  void splits() throws IOException, ControlException {
    nodes.client(A).createVolume(new Requests.CreateVolume("of-a", EXTENT_BYTES));
    nodes.kill(A);
    ControlClient b = nodes.client(B);
    b.mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at("b"));
    nodes.await(B, status -> status.mirrors().getFirst().group() != null);
    b.createVolume(new Requests.CreateVolume("of-b", EXTENT_BYTES));
    mirrorCable.mend();
    controlCable.mend();
    nodes.start(A);
    Predicate<PairStatus> split = has("split-brain");
    nodes.await(A, split.and(status -> standsAlone(status, A)));
    nodes.await(B, split.and(status -> standsAlone(status, B)));
  }

  private static boolean standsAlone(PairStatus status, int node) {
    return side(status, node).connectionState().equals("StandAlone");
  }

  private static Predicate<PairStatus> has(String alert) {
    return status -> status.alerts().stream().anyMatch(one -> one.code().equals(alert));
  }

  private static SideStatus side(PairStatus status, int node) {
    return status.mirrors().getFirst().sides().get(node);
  }

  @Override
  public void close() throws IOException {
    nodes.close();
    mirrorCable.close();
    controlCable.close();
  }
}
