package io.lockstep.scenario;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Writes numbered blocks to a file past every cache, one after another, until it is told to stop;
/// and says afterwards whether each block holds its last write. A program of its own, for a guest:
///
/// ```
/// write  FILE LEDGER RUN   until LEDGER.stop exists; then LEDGER says which write each block must
///                          hold. Status 1 after an I/O error.
/// verify FILE LEDGER       status 1 if a block holds anything else
/// ```
///
/// RUN, from 1, seeds the dice and is part of each write's number: what an earlier run has left on
/// the same blocks is never taken for a write of this one.
///
/// Meanwhile LEDGER.progress says how far it is. The ledger lies on another file system than the
/// file, so that one which stands still does not keep the news of it back.
final class NumberedWriter {
  static final int BLOCK_BYTES = 4096;
  static final int BLOCK_COUNT = 512;
  private static final int WRITES_A_FLUSH = 16;

  /// A number on a block: the run above these bits, the count of its writes in them.
  private static final int COUNT_BITS = 28;

  private static final long GAP_MILLIS_MIN = 100;
  private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final FileChannel file;
  private final Path ledger;
  private final int run;
  private final long[] numbers = new long[BLOCK_COUNT];
  private final ByteBuffer block = aligned();
  private long writeCount;
  private final List<Gap> gaps = new ArrayList<>();
  private long lastAnswerNanos;

  private NumberedWriter(FileChannel file, Path ledger, int run) {
    this.file = file;
    this.ledger = ledger;
    this.run = run;
  }

  /// No answer for some time.
  ///
  /// @param writeCount how many writes had been acknowledged when it ended
  record Gap(long writeCount, long millis) {}

  /// What a writer has told of itself.
  ///
  /// @param writeCount acknowledged writes so far
  /// @param gaps those of at least [#GAP_MILLIS_MIN] between two answers, oldest first
  record Progress(long writeCount, List<Gap> gaps) {
    static final Progress NONE = new Progress(0, List.of());

    String text() {
      return Stream.concat(
              Stream.of(String.valueOf(writeCount)),
              gaps.stream().map(gap -> gap.writeCount() + " " + gap.millis()))
          .collect(Collectors.joining("\n"));
    }

    static Progress parse(String text) {
      List<String> lines = text.lines().toList();
      List<Gap> gaps = new ArrayList<>();
      for (String line : lines.subList(1, lines.size())) {
        String[] words = line.split(" ");
        gaps.add(new Gap(Long.parseLong(words[0]), Long.parseLong(words[1])));
      }
      return new Progress(Long.parseLong(lines.getFirst()), List.copyOf(gaps));
    }

    /// The longest gap that ended after this many writes; 0 if there was none worth noting.
    long longestGapMillisSince(long count) {
      return gaps.stream()
          .filter(gap -> gap.writeCount() > count)
          .mapToLong(Gap::millis)
          .max()
          .orElse(0);
    }
  }

  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[1]);
    Path ledger = Path.of(arguments[2]);
    switch (arguments[0]) {
      case "write" -> write(file, ledger, Integer.parseInt(arguments[3]));
      case "verify" -> {
        List<String> faults = faults(file, ledger);
        faults.forEach(System.out::println);
        System.out.println(BLOCK_COUNT + " blocks verified, " + faults.size() + " are wrong");
        System.exit(faults.isEmpty() ? 0 : 1);
      }
      default -> throw new IllegalArgumentException("write or verify, not " + arguments[0]);
    }
  }

  static Path stopFile(Path ledger) {
    return ledger.resolveSibling(ledger.getFileName() + ".stop");
  }

  static Path progressFile(Path ledger) {
    return ledger.resolveSibling(ledger.getFileName() + ".progress");
  }

  private static void write(Path path, Path ledger, int run) throws IOException {
    try (FileChannel file = FileChannel.open(path, CREATE, WRITE, direct())) {
      new NumberedWriter(file, ledger, run).writeOn(new SplittableRandom(run), stopFile(ledger));
    }
  }

  private void writeOn(SplittableRandom dice, Path stop) throws IOException {
    lastAnswerNanos = System.nanoTime();
    for (int i = 0; i < BLOCK_COUNT; i++) {
      writeBlock(i);
    }
    long toldNanos = lastAnswerNanos;
    while (!Files.exists(stop)) {
      writeBlock(dice.nextInt(BLOCK_COUNT));
      if (writeCount % WRITES_A_FLUSH == 0) {
        file.force(false);
        answered();
      }
      if (lastAnswerNanos - toldNanos > PROGRESS_NANOS) {
        tell();
        toldNanos = lastAnswerNanos;
      }
    }
    file.force(true);
    answered();
    tell();
    keepLedger();
  }

  private void writeBlock(int index) throws IOException {
    long number = (long) run << COUNT_BITS | writeCount + 1;
    fill(block, index, number);
    int count = file.write(block, (long) index * BLOCK_BYTES);
    if (count != BLOCK_BYTES) {
      throw new IOException("wrote " + count + " of " + BLOCK_BYTES + " bytes of block " + index);
    }
    numbers[index] = number;
    writeCount++;
    answered();
  }

  private void answered() {
    long now = System.nanoTime();
    long gapMillis = TimeUnit.NANOSECONDS.toMillis(now - lastAnswerNanos);
    if (gapMillis >= GAP_MILLIS_MIN) {
      gaps.add(new Gap(writeCount, gapMillis));
    }
    lastAnswerNanos = now;
  }

  private void tell() throws IOException {
    Path news = ledger.resolveSibling(ledger.getFileName() + ".news");
    Files.writeString(news, new Progress(writeCount, gaps).text());
    Files.move(news, progressFile(ledger), StandardCopyOption.ATOMIC_MOVE);
  }

  private void keepLedger() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK_COUNT * Long.BYTES);
    bytes.asLongBuffer().put(numbers);
    Files.write(ledger, bytes.array());
  }

  /// Every eight bytes of a block say which block it is and which write: a torn one shows.
  static void fill(ByteBuffer block, int index, long number) {
    block.clear();
    while (block.hasRemaining()) {
      block.putLong(number << 16 | index);
    }
    block.flip();
  }

  /// The blocks that do not hold their last write, read past the cache.
  static List<String> faults(Path path, Path ledger) throws IOException {
    ByteBuffer numbers = ByteBuffer.wrap(Files.readAllBytes(ledger));
    ByteBuffer found = aligned();
    ByteBuffer wanted = aligned();
    List<String> faults = new ArrayList<>();
    try (FileChannel file = FileChannel.open(path, READ, direct())) {
      for (int index = 0; index < BLOCK_COUNT; index++) {
        long number = numbers.getLong();
        found.clear();
        int count = file.read(found, (long) index * BLOCK_BYTES);
        found.flip();
        fill(wanted, index, number);
        int at = found.mismatch(wanted);
        if (at >= 0) {
          faults.add(
              "block %d differs from its last write, %d, from byte %d of %d on: %s"
                  .formatted(index, countOf(number), at, count, word(found, at)));
        }
      }
    }
    return faults;
  }

  private static String word(ByteBuffer block, int at) {
    int start = at / Long.BYTES * Long.BYTES;
    if (start + Long.BYTES > block.limit()) {
      return "nothing";
    }
    long word = block.getLong(start);
    long number = word >>> 16;
    return "write %d of run %d, block %d"
        .formatted(countOf(number), number >>> COUNT_BITS, word & 0xffff);
  }

  private static long countOf(long number) {
    return number & (1L << COUNT_BITS) - 1;
  }

  /// O_DIRECT. The JDK's name for it is not part of Java, of which the compiler would warn.
  private static OpenOption direct() {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return (OpenOption) Objects.requireNonNull(options.getField("DIRECT").get(null));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this JDK opens no file with O_DIRECT", e);
    }
  }

  private static ByteBuffer aligned() {
    return ByteBuffer.allocateDirect(2 * BLOCK_BYTES)
        .alignedSlice(BLOCK_BYTES)
        .slice(0, BLOCK_BYTES);
  }
}
