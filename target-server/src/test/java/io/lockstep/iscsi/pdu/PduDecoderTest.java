package io.lockstep.iscsi.pdu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.iscsi.pdu.InitiatorPdu.NopOut;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A stream of PDUs comes out the same however it falls into pieces; damage of any kind ends in a
/// named fault or an unknown opcode, never in an exception.
@Tag("unit")
class PduDecoderTest {
  private final Collected sink = new Collected();
  private final PduDecoder decoder = new PduDecoder(sink);

  @Test
  void cutsPdusFedByteByByte() {
    for (boolean digests : new boolean[] {false, true}) {
      sink.seen.clear();
      decoder.configure(new PduLimits(65536, 272), digests, digests);
      ByteBuffer stream = stream(digests, 0, 1, 2, 3, 4, 5, 511, 4096, 0);
      while (stream.hasRemaining()) {
        ByteBuffer one = ByteBuffer.allocate(1).put(stream.get()).flip();
        assertThat(decoder.feed(one)).isTrue();
      }
      assertThat(sink.lengths()).containsExactly(0, 1, 2, 3, 4, 5, 511, 4096, 0);
      assertThat(sink.seen).allMatch(Seen::intact);
      assertThat(sink.fault).isNull();
    }
  }

  @Test
  void cutsPdusInRandomPieces() {
    SplittableRandom random = new SplittableRandom(1);
    decoder.configure(new PduLimits(65536, 272), true, true);
    for (int round = 0; round < 500; round++) {
      sink.seen.clear();
      ByteBuffer stream = stream(true, random.nextInt(9000), random.nextInt(9), 4096);
      List<Integer> expected = new ArrayList<>(sink.sent);
      int end = stream.limit();
      while (stream.position() < end) {
        int next = Math.min(end, stream.position() + 1 + random.nextInt(3000));
        decoder.feed(stream.limit(next));
      }
      assertThat(sink.lengths()).isEqualTo(expected);
      assertThat(sink.seen).allMatch(Seen::intact);
    }
  }

  @Test
  void pausesBetweenTwoPdusAndGoesOn() {
    ByteBuffer stream = stream(false, 8, 12);
    sink.goOn = false;
    assertThat(decoder.feed(stream)).isFalse();
    assertThat(sink.lengths()).containsExactly(8);
    sink.goOn = true;
    assertThat(decoder.feed(stream)).isTrue();
    assertThat(sink.lengths()).containsExactly(8, 12);
  }

  @Test
  void dropsTheDataOfASinkThatDoesNotWantIt() {
    sink.wantsData = false;
    decoder.feed(stream(false, 100, 0));
    assertThat(sink.seen).hasSize(2);
    assertThat(sink.seen.getFirst().content.remaining()).isZero();
  }

  @Test
  void tellsAWrongDataDigest() {
    decoder.configure(PduLimits.LOGIN, true, true);
    ByteBuffer stream = stream(true, 16);
    stream.put(52 + 3, (byte) (stream.get(52 + 3) ^ 1));
    decoder.feed(stream);
    assertThat(sink.seen).hasSize(1);
    assertThat(sink.seen.getFirst().intact).isFalse();
  }

  @Test
  void endsAtAWrongHeaderDigest() {
    decoder.configure(PduLimits.LOGIN, true, false);
    ByteBuffer stream = stream(true, 0);
    stream.put(20, (byte) (stream.get(20) ^ 1));
    decoder.feed(stream);
    assertThat(sink.fault).isEqualTo(DecodeFault.HEADER_DIGEST_ERROR);
    assertThat(sink.seen).isEmpty();
  }

  @Test
  void endsAtADataSegmentBeyondTheLimit() {
    decoder.feed(stream(false, PduLimits.LOGIN_DATA_SEGMENT_BYTES_MAX + 1));
    assertThat(sink.fault).isEqualTo(DecodeFault.DATA_SEGMENT_TOO_LONG);
  }

  @Test
  void endsAtTooManyAdditionalHeaders() {
    BasicHeader header = new BasicHeader().start(Opcode.SCSI_COMMAND);
    header.totalAhsBytes(PduLimits.AHS_BYTES_MAX + 4);
    decoder.feed(ByteBuffer.wrap(header.bytes()));
    assertThat(sink.fault).isEqualTo(DecodeFault.AHS_TOO_LONG);
  }

  @Test
  void readsALongCdbFromAnAdditionalHeader() {
    BasicHeader header = new BasicHeader().start(Opcode.SCSI_COMMAND);
    header.totalAhsBytes(28);
    ByteBuffer stream = ByteBuffer.allocate(48 + 28).put(header.bytes());
    // extended CDB: length 17 (reserved byte and 16), type 1; then bidirectional length: 5, type 2
    stream.put(new byte[] {0, 17, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
    stream.put(new byte[] {0, 5, 2, 0, 0, 0, 2, 0});
    decoder.feed(stream.flip());
    assertThat(sink.fault).isNull();
    assertThat(sink.longCdb).hasSize(32);
    assertThat(sink.longCdb[16]).isEqualTo((byte) 1);
    assertThat(sink.longCdb[31]).isEqualTo((byte) 16);
  }

  @Test
  void endsAtAdditionalHeadersThatDoNotFillTheirLength() {
    BasicHeader header = new BasicHeader().start(Opcode.SCSI_COMMAND);
    header.totalAhsBytes(4);
    ByteBuffer stream = ByteBuffer.allocate(52).put(header.bytes()).put(new byte[] {0, 9, 1, 0});
    decoder.feed(stream.flip());
    assertThat(sink.fault).isEqualTo(DecodeFault.AHS_MALFORMED);
  }

  @Test
  void neverThrowsWhateverArrives() {
    SplittableRandom random = new SplittableRandom(7143);
    byte[] noise = new byte[400];
    int faults = 0;
    for (int round = 0; round < 100_000; round++) {
      Collected collected = new Collected();
      collected.noise = true;
      PduDecoder fresh = new PduDecoder(collected);
      boolean digests = round % 4 == 0;
      fresh.configure(new PduLimits(512, 272), digests, digests);
      random.nextBytes(noise);
      if (round % 2 == 0) {
        // plausible lengths, so that the parts behind the header are reached too
        noise[4] = (byte) random.nextInt(4);
        noise[5] = 0;
        noise[6] = 0;
      }
      ByteBuffer stream = ByteBuffer.wrap(noise);
      fresh.feed(stream);
      assertThat(stream.hasRemaining()).isFalse();
      faults += collected.fault == null ? 0 : 1;
    }
    assertThat(faults).isBetween(50_000, 100_000);
  }

  private ByteBuffer stream(boolean digests, int... lengths) {
    PduEncoder encoder = new PduEncoder();
    encoder.configure(digests, digests);
    ByteBuffer stream = ByteBuffer.allocate(64 << 10);
    sink.sent.clear();
    for (int length : lengths) {
      byte[] content = new byte[length];
      for (int index = 0; index < length; index++) {
        content[index] = (byte) (index * 31 + length);
      }
      BasicHeader header = new BasicHeader();
      ByteBuffer data = ByteBuffer.wrap(content);
      new NopOut(0, length, BasicHeader.NO_TAG, data).writeTo(header);
      encoder.put(header, data, stream);
      sink.sent.add(length);
    }
    return stream.flip();
  }

  private record Seen(int tag, ByteBuffer content, boolean intact) {
    private Seen {
      int length = content.remaining();
      for (int index = 0; intact && index < length; index++) {
        assertThat(content.get(index)).isEqualTo((byte) (index * 31 + length));
      }
    }
  }

  private static final class Collected implements PduSink {
    private final List<Seen> seen = new ArrayList<>();
    private final List<Integer> sent = new ArrayList<>();
    private boolean goOn = true;
    private boolean wantsData = true;
    private @Nullable DecodeFault fault;
    private byte[] longCdb = new byte[0];
    private boolean noise;

    @Override
    public @Nullable ByteBuffer dataTarget(BasicHeader header, AdditionalHeaders additional) {
      return wantsData ? ByteBuffer.allocate(header.dataSegmentLength() + 8).position(8) : null;
    }

    @Override
    public boolean received(
        BasicHeader header,
        AdditionalHeaders additional,
        @Nullable ByteBuffer data,
        boolean dataIntact) {
      longCdb = additional.extend(new byte[16]);
      byte[] content = new byte[data == null ? 0 : header.dataSegmentLength()];
      if (data != null && !noise) {
        data.get(data.position(), content);
      }
      ByteBuffer kept = ByteBuffer.wrap(noise ? new byte[0] : content);
      seen.add(new Seen(header.initiatorTaskTag(), kept, dataIntact));
      return goOn;
    }

    @Override
    public void broken(DecodeFault decodeFault) {
      fault = decodeFault;
    }

    private List<Integer> lengths() {
      return seen.stream().map(Seen::tag).toList();
    }
  }
}
