package io.lockstep.nbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockLimits;
import io.lockstep.nbd.wire.HandshakeDecoder;
import io.lockstep.nbd.wire.OptionError;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Clients that haggle at random, damaged and in any pieces: the handshake never throws, answers no
/// option twice, and tells nothing about exports before TLS where that is forced.
@Tag("fuzz")
class NbdHandshakeFuzzTest {
  private static final int ROUNDS = 3000;
  private static final long SEED = Long.getLong("lockstep.seed", 0);
  private static final List<TlsMode> MODES = List.of(TlsMode.values());
  private static final int SERVER = 2;
  private static final int META_CONTEXT = 4;
  private static final int[] CODES = {1, 2, 3, 3, 5, 5, 6, 6, 7, 8, 8, 9, 9, 10, 10, 11};
  private static final String[] NAMES = {
    "disk", "disk", "", "none", "d\0sk", "ü", "x".repeat(5000)
  };

  @Test
  void whateverAClientSaysIsAnsweredOnceOrEndsIt() {
    int told = 0;
    int entered = 0;
    int ended = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Fuzz fuzz = new Fuzz(SEED == 0 ? round + 1 : SEED);
      fuzz.run();
      told += fuzz.told;
      entered += fuzz.entered;
      ended += fuzz.closed;
    }
    assertThat(told).as("something was told of exports").isGreaterThan(ROUNDS / 2);
    assertThat(entered).as("exports were taken").isGreaterThan(ROUNDS / 10);
    assertThat(ended).as("connections ended").isGreaterThan(ROUNDS / 10);
  }

  /// One client.
  private static final class Fuzz implements HandshakeOutput, ExportLookup {
    private final long seed;
    private final SplittableRandom random;
    private final Handshake handshake;
    private final HandshakeDecoder decoder;
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final ExportFacts facts;
    private final boolean forced;
    private boolean secure;
    private boolean starting;
    private int finals;
    private int options;
    private int told;
    private int entered;
    private int closed;

    private Fuzz(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      TlsMode mode = MODES.get(random.nextInt(MODES.size()));
      this.forced = mode == TlsMode.FORCED;
      this.handshake = new Handshake(mode, this, this);
      this.decoder = new HandshakeDecoder(handshake);
      int blockBytes = random.nextBoolean() ? 512 : 4096;
      BlockLimits limits = new BlockLimits(1 << 20, blockBytes, 4096, 1 << 20, 1, true, true);
      this.facts =
          ExportFacts.of(
              "disk", "a disk", limits, random.nextBoolean(), List.of("base:allocation"));
    }

    private void run() {
      handshake.begin();
      int flags = random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(8) == 0 ? 0 : 3;
      feed(ByteBuffer.allocate(4).putInt(flags).flip());
      sent.reset();
      for (int count = random.nextInt(12); count >= 0 && entered + closed == 0; count--) {
        options++;
        feed(option());
        if (starting) {
          starting = false;
          secure = true;
          handshake.secured();
        }
        check();
      }
      assertThat(entered + closed).as("seed %d: one end", seed).isLessThanOrEqualTo(1);
    }

    private ByteBuffer option() {
      int code = CODES[random.nextInt(CODES.length)];
      byte[] data = data(random.nextInt(10) == 0 ? random.nextInt(12) : code);
      ByteBuffer bytes = ByteBuffer.allocate(16 + data.length);
      bytes.putLong(0x49484156454f5054L).putInt(code).putInt(data.length).put(data).flip();
      if (random.nextInt(30) == 0) {
        bytes.put(random.nextInt(bytes.limit()), (byte) random.nextInt());
      }
      return bytes;
    }

    /// What belongs to an option, more or less.
    private byte[] data(int code) {
      byte[] name = NAMES[random.nextInt(NAMES.length)].getBytes(StandardCharsets.UTF_8);
      byte[] query = "base:allocation".getBytes(StandardCharsets.UTF_8);
      ByteBuffer data = ByteBuffer.allocate(name.length + 64);
      switch (code) {
        case 1 -> data.put(name);
        case 6, 7 -> {
          data.putInt(name.length).put(name);
          data.putShort((short) 2).putShort((short) 3).putShort((short) random.nextInt(5));
        }
        case 9, 10 -> data.putInt(name.length).put(name).putInt(1).putInt(query.length).put(query);
        default -> {}
      }
      byte[] bytes = new byte[Math.max(0, data.position() - (random.nextInt(20) == 0 ? 1 : 0))];
      data.get(0, bytes);
      return bytes;
    }

    private void feed(ByteBuffer bytes) {
      while (bytes.hasRemaining() && entered + closed == 0 && !starting) {
        int length = Math.min(bytes.remaining(), 1 + random.nextInt(64));
        ByteBuffer piece = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        decoder.feed(piece);
      }
    }

    /// Whole answers, as many last ones as options at most.
    private void check() {
      ByteBuffer bytes = ByteBuffer.wrap(sent.toByteArray());
      sent.reset();
      while (bytes.hasRemaining() && bytes.getLong(bytes.position()) == 0x0003e889045565a9L) {
        int type = bytes.getInt(bytes.position() + 12);
        boolean tells = type >= SERVER && type <= META_CONTEXT;
        assertThat(forced && !secure && tells).as("seed %d: told before TLS", seed).isFalse();
        told += tells ? 1 : 0;
        finals += tells ? 0 : 1;
        bytes.position(bytes.position() + 20 + bytes.getInt(bytes.position() + 16));
      }
      assertThat(finals).as("seed %d: answers", seed).isLessThanOrEqualTo(options);
      assertThat(bytes.remaining()).as("seed %d: EXPORT_NAME's answer", seed).isIn(0, 10, 134);
    }

    @Override
    public Listing list() {
      return new Listing.Exports(List.of(new Listed("disk", "a disk")));
    }

    @Override
    public Found find(String name) {
      return name.equals("disk") || name.isEmpty()
          ? new Found.Serves(facts)
          : new Found.Refused(OptionError.UNKNOWN, "there is no such export");
    }

    @Override
    public void send(ByteBuffer bytes) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(bytes.position(), copy);
      sent.writeBytes(copy);
    }

    @Override
    public void startTls() {
      starting = true;
    }

    @Override
    public void enter(Agreed agreed) {
      assertThat(forced && !secure).as("seed %d: an export before TLS", seed).isFalse();
      entered++;
    }

    @Override
    public void refused(String name, String why) {
      assertThat(forced && !secure).as("seed %d: asked before TLS", seed).isFalse();
    }

    @Override
    public void close(String why) {
      closed++;
    }
  }
}
