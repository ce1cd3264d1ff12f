package io.lockstep.mirror.wire;

import io.lockstep.block.BlockRange;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Role;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/// One frame of each kind, for the tests of this package and of what carries frames.
public final class FrameSamples {
  static final Generations GENERATIONS = new Generations(0x11, 0x12, List.of(0x13L, 0x14L));

  private FrameSamples() {}

  public static List<Frame> all() {
    return List.of(
        hello(),
        reportParams(),
        new Frame.Refuse("no"),
        new Frame.BitmapChunk(6, bytes(16)),
        new Frame.BitmapEnd(77),
        new Frame.Data(1, 2, 4096, true, bytes(512)),
        new Frame.Data(1, 2, 4096, false, bytes(4096)),
        new Frame.Zeroes(1, 2, 4096, 1024, true, true),
        new Frame.WriteAck(7),
        new Frame.NegAck(7, "Ein-/Ausgabefehler \u00fc\u20ac\ud83d\udca5"),
        new Frame.Barrier(3),
        new Frame.BarrierAck(3),
        new Frame.ResyncData(8, 8192, bytes(512)),
        new Frame.ResyncZeroes(8, 8192, 4096),
        new Frame.ResyncAck(8),
        new Frame.ResyncCommit(4),
        new Frame.ResyncCommitAck(4),
        resyncClear(),
        new Frame.ResyncDone(GENERATIONS),
        new Frame.ResyncDoneAck(),
        new Frame.ResyncUnreadable(3, List.of(4096L, 12288L)),
        new Frame.LostBlocks(List.of(0x1FFL, 0x201L)),
        new Frame.ReadRequest(5, 8192, 4096),
        new Frame.ReadReply(5, bytes(512)),
        new Frame.ReadRefused(5, "bad"),
        stateChange(),
        new Frame.Handover(6),
        new Frame.HandoverAck(6),
        new Frame.HandoverRefused(6, "busy"),
        new Frame.Outdate("alone"),
        new Frame.OutdateAck(),
        new Frame.Ping(1),
        new Frame.PingAck(1),
        new Frame.Goodbye("bye"));
  }

  static Frame hello() {
    return new Frame.Hello(
        1,
        3,
        0xA5,
        UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"),
        UUID.fromString("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
        1,
        "nodeB",
        "kite",
        "main",
        "0.1.0");
  }

  static Frame reportParams() {
    int flags =
        Frame.ReportParams.FLAG_WROTE
            | Frame.ReportParams.FLAG_NEW_DISK
            | Frame.ReportParams.FLAG_KEPT_ALL;
    return new Frame.ReportParams(
        GENERATIONS,
        9,
        -1,
        Role.SECONDARY,
        DiskState.INCONSISTENT,
        flags,
        16 << 20,
        8 << 20,
        512,
        4096,
        0x21,
        0x15);
  }

  static Frame resyncClear() {
    return new Frame.ResyncClear(4, List.of(new BlockRange(0, 4096), new BlockRange(8192, 512)));
  }

  static Frame stateChange() {
    return new Frame.StateChange(Role.PRIMARY, DiskState.UP_TO_DATE, 10, 1, GENERATIONS);
  }

  /// Bytes that differ from their neighbours.
  static ByteBuffer bytes(int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    for (int index = 0; index < length; index++) {
      bytes.put(index, (byte) (index * 7 + 1));
    }
    return bytes;
  }

  /// The whole frame as it goes over the wire.
  static byte[] encoded(long term, Frame frame) {
    ByteBuffer payload = FrameWriter.payload(frame);
    int payloadBytes = payload == null ? 0 : payload.remaining();
    ByteBuffer out = ByteBuffer.allocate(FrameLimits.HEAD_BYTES_MAX + payloadBytes);
    new FrameWriter().encodeHead(term, frame, out);
    if (payload != null) {
      out.put(payload.duplicate());
    }
    var bytes = new byte[out.position()];
    out.get(0, bytes);
    return bytes;
  }
}
