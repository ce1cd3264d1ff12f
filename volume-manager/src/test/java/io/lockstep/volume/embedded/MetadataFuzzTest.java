package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.volume.OpenResult;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import io.lockstep.volume.embedded.ConfigNode.Section;
import io.lockstep.volume.embedded.MetadataHeader.TextLocation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Everything that reads a disk, fed with damaged disks: it refuses with a sentence or reads
/// something sound; never another exception, never a write to what it refuses. Checksums are made
/// right again where the damage should get past them. `-Dlockstep.seed=N` takes other dice,
/// `-Dlockstep.long=true` a hundred times as many.
@Tag("fuzz")
class MetadataFuzzTest {
  private static final String PV = "0huWab-Zcyg-bcJF-s0eA-kQ4B-AGTT-CzDlPF";
  private static final long SEED = Long.getLong("lockstep.seed", 7);
  private static final int TIMES = Boolean.getBoolean("lockstep.long") ? 100 : 1;
  private static final int TEXT_CASES = 100_000 * TIMES;
  private static final int SECTOR_CASES = 100_000 * TIMES;
  private static final int SPACE_CASES = 10_000 * TIMES;
  private static final String[] TOKENS = {
    "{",
    "}",
    "[",
    "]",
    "=",
    "\"",
    "\\",
    "#",
    "\n",
    "0",
    "-1",
    "9223372036854775807",
    "4294967295",
    "segment1",
    "stripes",
    "type = \"striped\"",
    "stripe_count = 2",
    "stripe_size = 128",
    "\"pv0\"",
    "4294967296",
    "extent_count = 4294967295",
    "pe_count = 4294967295",
    "\0",
    "id",
    "vgt {",
    "type = \"snapshot\"",
    "chunk_size = 16",
    "origin = \"before\"",
    "cow_store = \"look\"",
    "merging_store = \"before\""
  };

  private static final List<byte[]> GOLDEN =
      Stream.of("linear", "snapshots", "merging")
          .map(name -> GoldenTest.goldenText("lvm2-2.03.16-" + name + ".txt"))
          .toList();

  private final Random random = new Random(SEED);

  @Test
  void texts() {
    int sound = 0;
    for (int index = 0; index < TEXT_CASES; index++) {
      byte[] bytes = mutated(GOLDEN.get(index % GOLDEN.size()));
      try {
        GroupText text = GroupReader.read("text", ConfigParser.parse("text", bytes), PV);
        sound++;
        checkSound(text);
      } catch (DamagedException damaged) {
        assertThat(damaged.sentence()).startsWith("text");
      }
    }
    assertThat(sound).as("some damage is harmless").isBetween(1000, TEXT_CASES - 1000);
  }

  private static void checkSound(GroupText text) throws DamagedException {
    assertThat(text.group().fault()).isEmpty();
    assertThat(text.group().freeExtentCount()).isBetween(0L, text.group().extentCount());
    Section again = ConfigParser.parse("text", GroupWriter.bytes(text.root()));
    if (!again.equals(text.root())) {
      throw new AssertionError("rewritten differently");
    }
  }

  @Test
  void labels() {
    byte[] golden = Fixture.label().encode();
    for (int index = 0; index < SECTOR_CASES; index++) {
      byte[] bytes = flipped(golden, 20, 160);
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(16, LvmCrc.of(bytes, 20, 492));
      try {
        PvLabel read = PvLabel.decode(1, bytes);
        assertThat(read.metadataAreas().size()).isLessThan(32);
      } catch (DamagedException damaged) {
        assertThat(damaged.sentence()).startsWith("LVM label in sector 1: ");
      }
    }
  }

  @Test
  void headers() {
    byte[] golden =
        new MetadataHeader(4096, 1044480, Optional.of(new TextLocation(4096, 1000, 7, 0))).encode();
    for (int index = 0; index < SECTOR_CASES; index++) {
      byte[] bytes = flipped(golden, 4, 96);
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0, LvmCrc.of(bytes, 4, 508));
      try {
        MetadataHeader header = MetadataHeader.decode(4096, bytes);
        assertThat(header.size()).isBetween(1024L, MetadataHeader.SIZE_MAX);
        MetadataRing.place(header, 1000);
      } catch (DamagedException damaged) {
        assertThat(damaged.sentence()).startsWith("LVM metadata header at byte 4096: ");
      }
    }
  }

  /// Whole spaces, with right checksums: what opens can also be changed.
  @Test
  void spaces() {
    Fixture fixture = new Fixture();
    int opened = 0;
    for (int index = 0; index < SPACE_CASES; index++) {
      CrashDisk disk = fixture.space(mutated(GOLDEN.get(index % GOLDEN.size())));
      Map<Long, byte[]> before = new TreeMap<>(disk.content());
      switch (fixture.open(disk)) {
        case OpenResult.Ready(VolumeEngine engine) -> {
          opened++;
          use(fixture, engine);
        }
        case OpenResult.Refused refused -> {
          assertThat(refused.refusal().why()).startsWith("LVM ").contains(": ");
          assertThat(disk.content()).as("unchanged").isEqualTo(before);
        }
      }
    }
    assertThat(opened).isGreaterThan(100);
  }

  private static void use(Fixture fixture, VolumeEngine engine) {
    for (Volume volume : engine.volumes()) {
      engine
          .device(volume.name())
          .ifPresent(device -> fixture.read(device, device.limits().sizeBytes() - 512, 512));
    }
    boolean readOnly = engine.group().readOnlyReason().isPresent();
    VolumeResult result = fixture.create(engine, "new", 4 << 20);
    assertThat(result instanceof VolumeResult.Done && readOnly).isFalse();
    if (!engine.volumes().isEmpty()) {
      fixture.resize(engine, engine.volumes().getFirst().name(), 4 << 20, true);
      fixture.delete(engine, engine.volumes().getFirst().name());
    }
  }

  /// Every single bit of label, header and text of a group that was just made.
  @Test
  void everyFlippedBitOfASpaceIsRefusedUnchanged() {
    Fixture fixture = new Fixture();
    CrashDisk good = new CrashDisk(fixture.loop, 16 << 20, Map.of());
    VolumeEngine engine = fixture.opened(good);
    fixture.create(engine, "vm1", 4 << 20);
    TextLocation text = committed(good);
    int textStart = (int) (4096 + text.offset());
    int flips = flipBits(fixture, good, 512, 1024, 1);
    flips += flipBits(fixture, good, 4096, 4608, 1);
    flips += flipBits(fixture, good, textStart, textStart + (int) text.size(), 3);
    assertThat(flips).isGreaterThan(9000);
  }

  private static int flipBits(Fixture fixture, CrashDisk good, int from, int to, int step) {
    int flips = 0;
    for (int bit = from * 8; bit < to * 8; bit += step) {
      CrashDisk disk = good.copy();
      int place = bit / 8;
      int mask = 1 << bit % 8;
      disk.content()
          .compute(
              place / 512L,
              (sector, bytes) -> {
                byte[] bad = Objects.requireNonNull(bytes).clone();
                bad[place % 512] ^= (byte) mask;
                return bad;
              });
      String sentence = fixture.refusal(disk);
      assertThat(sentence)
          .startsWith("The volume group was not opened: LVM ")
          .contains("nothing was changed");
      assertThat(disk.events()).as("nothing was written").isEmpty();
      flips++;
    }
    return flips;
  }

  private static TextLocation committed(CrashDisk disk) {
    try {
      byte[] header = Objects.requireNonNull(disk.content().get(8L));
      return MetadataHeader.decode(4096, header).committed().orElseThrow();
    } catch (DamagedException damaged) {
      throw new AssertionError(damaged);
    }
  }

  private byte[] flipped(byte[] golden, int from, int to) {
    byte[] bytes = golden.clone();
    int count = 1 + random.nextInt(4);
    for (int flip = 0; flip < count; flip++) {
      int at = from + random.nextInt(to - from);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        default -> Arrays.fill(bytes, at, Math.min(at + 8, to), (byte) -random.nextInt(2));
      }
    }
    return bytes;
  }

  /// Changes digits, drops, doubles and moves pieces, puts in tokens.
  private byte[] mutated(byte[] golden) {
    StringBuilder text = new StringBuilder(new String(golden, StandardCharsets.ISO_8859_1));
    int count = 1 + random.nextInt(3);
    for (int change = 0; change < count; change++) {
      int at = random.nextInt(text.length());
      int end =
          Math.min(text.length(), at + 1 + random.nextInt(random.nextInt(10) == 0 ? 300 : 12));
      switch (random.nextInt(6)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(random.nextInt(text.length()), text.substring(at, end));
        case 2 -> text.replace(at, end, TOKENS[random.nextInt(TOKENS.length)]);
        case 3 -> text.insert(at, TOKENS[random.nextInt(TOKENS.length)]);
        case 4 -> text.setCharAt(at, (char) random.nextInt(256));
        default -> changeDigit(text, at);
      }
      if (text.isEmpty()) {
        text.append('x');
      }
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private void changeDigit(StringBuilder text, int from) {
    for (int at = from; at < text.length(); at++) {
      if (Character.isDigit(text.charAt(at))) {
        text.setCharAt(at, (char) ('0' + random.nextInt(10)));
        return;
      }
    }
  }
}
