package io.lockstep.mirror.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.mirror.state.Term;
import io.lockstep.mirror.wire.FrameReader.Result;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Frames through the reader in every cutting, whole and damaged.
@Tag("unit")
class FrameReaderTest {
  private static final long TERM = 3;

  private final BufferPool pool = new BufferPool(8 << 20);
  private final FrameReader reader = new FrameReader(pool);
  private final List<Frame> received = new ArrayList<>();

  @Test
  void readsEveryFrameFedByteByByte() {
    for (Frame frame : FrameSamples.all()) {
      for (byte one : FrameSamples.encoded(TERM, frame)) {
        feed(one);
      }
    }
    assertReceivedAll();
  }

  @Test
  void readsEveryFrameFedAtOnceAndInRandomPieces() {
    byte[] stream = stream();
    for (int seed = 0; seed < 50; seed++) {
      received.clear();
      var random = new SplittableRandom(seed);
      for (int at = 0; at < stream.length; ) {
        int length = seed == 0 ? stream.length : random.nextInt(1, 700);
        length = Math.min(length, stream.length - at);
        assertThat(feed(ByteBuffer.wrap(stream, at, length))).isEqualTo(new Result.Good());
        at += length;
      }
      assertReceivedAll();
    }
  }

  @Test
  void payloadIsAPoolBufferThatTheReceiverGivesBack() {
    feed(FrameSamples.encoded(TERM, new Frame.Data(1, 1, 0, false, FrameSamples.bytes(4096))));
    assertThat(pool.borrowedBytes()).isEqualTo(4096);
    ByteBuffer payload = ((Frame.Data) received.getFirst()).payload();
    assertThat(payload.isDirect()).isTrue();
    assertThat(payload.alignmentOffset(0, BufferPool.ALIGNMENT_BYTES)).isZero();
    assertThat(payload).isEqualTo(FrameSamples.bytes(4096));
    reader.release(received.getFirst());
    assertThat(pool.borrowedBytes()).isZero();
  }

  @Test
  void closeGivesTheHalfFilledPayloadBack() {
    byte[] data =
        FrameSamples.encoded(TERM, new Frame.Data(1, 1, 0, false, FrameSamples.bytes(4096)));
    feed(ByteBuffer.wrap(data, 0, data.length - 1));
    assertThat(pool.borrowedBytes()).isEqualTo(4096);
    reader.close();
    assertThat(pool.borrowedBytes()).isZero();
    feed(ByteBuffer.wrap(data, data.length - 1, 1));
    assertThat(received).isEmpty();
  }

  @Test
  void closeFromTheSinkStopsTheFeed() {
    byte[] stream = stream();
    reader.feed(
        ByteBuffer.wrap(stream),
        (_, frame) -> {
          received.add(frame);
          reader.close();
        });
    assertThat(received).hasSize(1);
  }

  @Test
  void everyDamagedByteBreaksTheReader() {
    for (Frame frame : FrameSamples.all()) {
      byte[] good = FrameSamples.encoded(TERM, frame);
      for (int at = 0; at < good.length; at++) {
        byte[] damaged = good.clone();
        damaged[at] ^= 0x20;
        var own = new BufferPool(8 << 20);
        var sink = new ArrayList<Frame>();
        // Padding, so that a damaged length does not just wait for more.
        ByteBuffer in = ByteBuffer.allocate(good.length + (2 << 20)).put(0, damaged);
        Result result = new FrameReader(own).feed(in, (_, one) -> sink.add(one));
        assertThat(result).as("byte %d of %s", at, frame).isInstanceOf(Result.Broken.class);
        assertThat(sink).isEmpty();
        assertThat(own.borrowedBytes()).isZero();
      }
    }
  }

  @Test
  void aBrokenReaderStaysBroken() {
    Result first = feed(new byte[FrameLimits.HEADER_BYTES]);
    assertThat(first).isEqualTo(new Result.Broken("no frame begins here"));
    assertThat(feed(FrameSamples.encoded(TERM, new Frame.Ping(1)))).isEqualTo(first);
    assertThat(received).isEmpty();
  }

  @Test
  void lengthsBeyondTheLimitsBorrowNothing() {
    for (int length : new int[] {-1, Integer.MIN_VALUE, FrameLimits.PAYLOAD_BYTES_MAX + 1}) {
      assertBroken(
          edited(new Frame.Data(1, 1, 0, false, FrameSamples.bytes(512)), 12, length),
          "payload length");
    }
    for (int length : new int[] {-1, Integer.MIN_VALUE, FrameLimits.BODY_BYTES_MAX + 1}) {
      assertBroken(edited(new Frame.Ping(1), 8, length), "body length");
    }
    assertBroken(edited(new Frame.Ping(1), 12, 512), "payload length 512 of PING");
  }

  @Test
  void anotherVersionAndAnUnknownTypeAreNamed() {
    byte[] later = FrameSamples.encoded(TERM, new Frame.Ping(1));
    later[5] = 2;
    assertBroken(sealed(later), "protocol version 2 in a frame; 1 is known");
    byte[] unknown = FrameSamples.encoded(TERM, new Frame.Ping(1));
    unknown[6] = (byte) 200;
    assertBroken(sealed(unknown), "frame type 200 is not known");
  }

  @Test
  void wellSealedNonsenseIsRefused() {
    assertBroken(body(new Frame.Data(1, 1, 0, false, FrameSamples.bytes(512)), 16, 1), "range");
    assertBroken(body(new Frame.ResyncZeroes(1, 512, 512), 8, -512), "range");
    assertBroken(body(new Frame.ResyncZeroes(1, 512, 512), 16, 0), "range");
    assertBroken(body(new Frame.ResyncZeroes(1, 512, 512), 8, Long.MAX_VALUE - 511), "range");
    assertBroken(body(FrameSamples.resyncClear(), 8, 0x7FFFFFFFL << 32), "number of ranges");
    assertBroken(body(FrameSamples.resyncClear(), 8, 3L << 32), "a short body");
    assertBroken(body(FrameSamples.resyncClear(), 8, 1L << 32), "bytes after the body");
    assertBroken(body(new Frame.BitmapEnd(1), 0, -1), "a negative number");
    assertBroken(body(new Frame.Handover(1), 0, -1), "a term out of range");
    assertBroken(body(new Frame.Refuse("12345678"), 2, -1), "a text that is not UTF-8");
    assertBroken(body(new Frame.Refuse("12345678"), 0, -1), "length of a text");
    assertBroken(
        body(new Frame.ResyncDone(FrameSamples.GENERATIONS), 16, 17L << 56), "history length");
    assertBroken(
        body(new Frame.ResyncDone(FrameSamples.GENERATIONS), 17, 0), "generation 0 in the history");
    assertBroken(edited(new Frame.BitmapChunk(0, FrameSamples.bytes(12))), "part words");
    byte[] flagged = FrameSamples.encoded(TERM, new Frame.Ping(1));
    flagged[7] = 1;
    assertBroken(sealed(flagged), "flags");
    byte[] negativeTerm = FrameSamples.encoded(-1, new Frame.Ping(1));
    assertBroken(negativeTerm, "a term out of range");
  }

  /// A term near its maximum came from the link, and the superblock that took it over could not be
  /// read any more.
  @Test
  void aTermNearItsMaximumIsRefusedAtTheEdge() {
    long beyond = Term.MAX + 1;
    assertBroken(FrameSamples.encoded(beyond, new Frame.Ping(1)), "a term out of range");
    assertBroken(body(new Frame.Handover(1), 0, beyond), "a term out of range");
    assertBroken(body(new Frame.HandoverAck(1), 0, beyond), "a term out of range");
    assertBroken(body(FrameSamples.stateChange(), 2, beyond), "a term out of range");
    assertBroken(body(FrameSamples.reportParams(), 33, beyond), "a term out of range");
  }

  @Test
  void longTextsAreCutBetweenCharacters() {
    feed(FrameSamples.encoded(TERM, new Frame.Refuse("\u20ac".repeat(1000))));
    assertThat(((Frame.Refuse) received.getFirst()).reason()).isEqualTo("\u20ac".repeat(341));
  }

  @Test
  void theMostRangesFit() {
    List<BlockRange> ranges = Collections.nCopies(FrameLimits.RANGES_MAX, new BlockRange(0, 4096));
    feed(FrameSamples.encoded(TERM, new Frame.ResyncClear(1, ranges)));
    assertThat(received).containsExactly(new Frame.ResyncClear(1, ranges));
    assertThatThrownBy(
            () ->
                FrameSamples.encoded(
                    TERM,
                    new Frame.ResyncClear(
                        1, Collections.nCopies(FrameLimits.RANGES_MAX + 1, new BlockRange(0, 1)))))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void encodingLeavesThePayloadAlone() {
    ByteBuffer payload = FrameSamples.bytes(2048).position(512).limit(1024);
    byte[] bytes = FrameSamples.encoded(TERM, new Frame.Data(1, 1, 0, true, payload));
    assertThat(payload.position()).isEqualTo(512);
    assertThat(payload.limit()).isEqualTo(1024);
    feed(bytes);
    assertThat(((Frame.Data) received.getFirst()).payload()).isEqualTo(payload);
  }

  @Test
  void aWriteOverTheWireAllocatesLittle() {
    ByteBuffer payload = BufferPool.allocate(4096);
    ByteBuffer wire = ByteBuffer.allocateDirect(16384);
    carry(payload, wire, 20_000);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    carry(payload, wire, 10_000);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated / 10_000).as("bytes a write, both ends").isLessThan(200);
  }

  private void carry(ByteBuffer payload, ByteBuffer wire, int count) {
    var writer = new FrameWriter();
    FrameReader.Sink sink = (_, frame) -> reader.release(frame);
    for (int index = 0; index < count; index++) {
      wire.clear();
      writer.encodeHead(TERM, new Frame.Data(index, 1, 0, false, payload), wire);
      wire.put(wire.position(), payload, 0, 4096).position(wire.position() + 4096);
      reader.feed(wire.flip(), sink);
    }
    assertThat(pool.borrowedBytes()).isZero();
  }

  private byte[] stream() {
    var stream = new ByteArrayOutputStream();
    for (Frame frame : FrameSamples.all()) {
      stream.writeBytes(FrameSamples.encoded(TERM, frame));
    }
    return stream.toByteArray();
  }

  private void assertReceivedAll() {
    List<Frame> sent = FrameSamples.all();
    assertThat(received).hasSameSizeAs(sent);
    for (int index = 0; index < sent.size(); index++) {
      assertThat(received.get(index)).hasSameClassAs(sent.get(index));
      assertThat(FrameSamples.encoded(TERM, received.get(index)))
          .isEqualTo(FrameSamples.encoded(TERM, sent.get(index)));
      reader.release(received.get(index));
    }
    assertThat(pool.borrowedBytes()).isZero();
  }

  private Result feed(byte... bytes) {
    return feed(ByteBuffer.wrap(bytes));
  }

  private Result feed(ByteBuffer bytes) {
    return reader.feed(
        bytes,
        (term, frame) -> {
          assertThat(term).isEqualTo(TERM);
          received.add(frame);
        });
  }

  private static void assertBroken(byte[] bytes, String reason) {
    var own = new BufferPool(8 << 20);
    Result result = new FrameReader(own).feed(ByteBuffer.wrap(bytes), (_, _) -> {});
    assertThat(result).isInstanceOf(Result.Broken.class);
    assertThat(((Result.Broken) result).reason()).contains(reason);
    assertThat(own.borrowedBytes()).isZero();
  }

  /// The frame with a number of its header changed and its checksum made good.
  private static byte[] edited(Frame frame, int at, int value) {
    byte[] bytes = FrameSamples.encoded(TERM, frame);
    ByteBuffer.wrap(bytes).putInt(at, value);
    return sealed(bytes);
  }

  private static byte[] edited(Frame frame) {
    return FrameSamples.encoded(TERM, frame);
  }

  /// The frame with a number of its body changed and its checksum made good.
  private static byte[] body(Frame frame, int at, long value) {
    byte[] bytes = FrameSamples.encoded(TERM, frame);
    ByteBuffer.wrap(bytes).putLong(FrameLimits.HEADER_BYTES + at, value);
    return sealed(bytes);
  }

  static byte[] sealed(byte[] bytes) {
    int bodyBytes = ByteBuffer.wrap(bytes).getInt(8);
    int end = FrameLimits.HEADER_BYTES + Math.clamp(bodyBytes, 0, bytes.length - 48);
    var crc = new CRC32C();
    crc.update(bytes, 0, 44);
    crc.update(bytes, FrameLimits.HEADER_BYTES, end - FrameLimits.HEADER_BYTES);
    ByteBuffer.wrap(bytes).putInt(44, (int) crc.getValue());
    return bytes;
  }
}
