package io.lockstep.mirror.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.meta.SuperblockCodec;
import io.lockstep.mirror.meta.SuperblockDecoded;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Disks as this format was when it began, each from a pair that ran: what they say must be read
/// for good, and is written back byte for byte. They are never made anew: what changes in the
/// format brings disks of its own.
///
/// `laid-out`: node 1, to join. `in-sync`: node 1, ended in order. `primary`: node 0, killed as
/// Primary with a write under way. `split-a`, `split-b`: node 0 wrote alone, and node 1 was
/// promoted by force. `failed`: node 1, whose disk could not be written.
///
/// A picture of a disk lists what is not zero, in lines of offset and 32 bytes, `x n` if the same
/// bytes come n times.
@Tag("golden")
class GoldenDisksTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final List<Attaching.Outcome> outcomes = new ArrayList<>();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          laid-out | 1: INCONSISTENT all-dirty, term 0 of -1, data 0000 0000 0, 13312 KiB dirty
          in-sync  | 6: UP_TO_DATE kept-all, term 4 of 0, data cd33 0000 0, 0 KiB dirty
          primary  | 5: UP_TO_DATE, term 4 of 0, data cd33 0000 0, 4096 KiB dirty
          split-a  | 9: UP_TO_DATE, term 6 of 0, data 17eb cd33 0, 4096 KiB dirty
          split-b  | 10: UP_TO_DATE, term 7 of 1, data 97a1 cd33 1, 4096 KiB dirty
          failed   | 9: UP_TO_DATE failed, term 6 of 0, data cd33 0000 0, 0 KiB dirty
          """)
  void isReadForGood(String name, String said) throws IOException {
    byte[] golden = disk(name);
    var device = new MemoryDevice(loop, golden.length, 512, 4096);
    write(device, golden);
    Attaching.attach(new Backing(loop, device, new BufferPool(1 << 20)), name, outcomes::add);
    loop.runUntil(() -> !outcomes.isEmpty(), 10_000);
    assertThat(outcomes).singleElement().isInstanceOf(Attaching.Attached.class);
    var attached = (Attaching.Attached) outcomes.getFirst();
    assertThat(attached.noted()).as(name).isEmpty();
    assertThat(saidBy(attached.metadata())).as(name).isEqualTo(said);
    byte[] after = read(device, golden.length);
    for (long copy : new long[] {DiskLayout.SUPERBLOCK_A_OFFSET, DiskLayout.SUPERBLOCK_B_OFFSET}) {
      byte[] before = Arrays.copyOfRange(golden, (int) copy, (int) copy + 4096);
      assertThat(Arrays.copyOfRange(after, (int) copy, (int) copy + 4096)).isEqualTo(before);
      assertThat(again(before)).isEqualTo(before);
    }
    if (attached.metadata().bitmap().setCount() == 0) {
      assertThat(Arrays.equals(after, golden)).as("the disk as it was").isTrue();
    }
  }

  private static byte[] again(byte[] copy) {
    var decoded = (SuperblockDecoded.Ok) SuperblockCodec.decode(ByteBuffer.wrap(copy));
    ByteBuffer out = ByteBuffer.allocate(copy.length);
    SuperblockCodec.encode(decoded.superblock(), out);
    return out.array();
  }

  private static String saidBy(Metadata metadata) {
    Superblock block = metadata.superblock();
    var flags = new StringBuilder();
    flags.append(block.allDirty() ? " all-dirty" : "");
    flags.append(block.keptAll() ? " kept-all" : "");
    flags.append(block.failed() ? " failed" : "");
    return String.format(
        Locale.ROOT,
        "%d: %s%s, term %d of %d, data %04x %04x %d, %d KiB dirty",
        block.sequence(),
        block.diskState(),
        flags,
        block.term(),
        block.primaryNode(),
        block.generations().current() >>> 48,
        block.generations().bitmap() >>> 48,
        block.generations().history().size(),
        metadata.bitmap().setBytes() >> 10);
  }

  private void write(MemoryDevice device, byte[] content) {
    var ended = new ArrayList<IoResult>();
    for (int at = 0; at < content.length; at += 1 << 20) {
      device.write(at, ByteBuffer.wrap(content, at, 1 << 20), Durability.WRITE_BACK, ended::add);
    }
    loop.runUntil(() -> ended.size() == content.length >> 20, 1000);
  }

  private byte[] read(MemoryDevice device, int length) {
    byte[] content = new byte[length];
    var ended = new ArrayList<IoResult>();
    for (int at = 0; at < length; at += 1 << 20) {
      device.read(at, ByteBuffer.wrap(content, at, 1 << 20), ended::add);
    }
    loop.runUntil(() -> ended.size() == length >> 20, 1000);
    return content;
  }

  private static byte[] disk(String name) throws IOException {
    String text;
    try (InputStream in =
        GoldenDisksTest.class.getResourceAsStream("/golden-disks/" + name + ".hex")) {
      assertThat(in).as(name).isNotNull();
      text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
    List<String> lines = text.lines().toList();
    byte[] disk = new byte[Integer.parseInt(lines.getFirst().substring("size ".length()))];
    for (String line : lines.subList(1, lines.size())) {
      String[] words = line.split(" ");
      byte[] bytes = HexFormat.of().parseHex(words[1]);
      int times = words.length == 2 ? 1 : Integer.parseInt(words[3]);
      int at = Integer.parseInt(words[0], 16);
      for (int time = 0; time < times; time++) {
        System.arraycopy(bytes, 0, disk, at + time * bytes.length, bytes.length);
      }
    }
    return disk;
  }
}
