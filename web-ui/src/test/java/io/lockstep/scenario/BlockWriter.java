package io.lockstep.scenario;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Writes to a LUN through libiscsi (`qemu-io` as the initiator) until the target is gone, and
/// keeps for each block what was sent, what was acknowledged, and what was flushed since.
///
/// Every write of a block has a byte of its own, one more than the last. So what a block holds
/// tells
/// which of its writes it is: it must be the last one acknowledged, or a later one that was sent.
/// Fields belong to the writing thread; [#violations] is called after [#awaitEnd].
final class BlockWriter {
  static final int BLOCK_BYTES = 4096;
  private static final int WRITES_A_BLOCK_MAX = 250;
  private static final int WRITES_A_FLUSH = 24;

  private final Process initiator;
  private final BufferedReader answers;
  private final BufferedWriter commands;
  private final SplittableRandom dice;
  private final long firstByte;
  private final int[] sent;
  private final int[] acknowledged;
  private final int[] flushed;
  private final Thread thread;
  private final AtomicInteger acknowledgedCount = new AtomicInteger();
  private final AtomicInteger flushCount = new AtomicInteger();

  /// @param url the LUN
  /// @param firstByte where in the volume its area begins
  /// @param seed decides which blocks are written and when a flush is sent
  BlockWriter(String url, long firstByte, int blockCount, long seed) throws IOException {
    this.firstByte = firstByte;
    this.dice = new SplittableRandom(seed);
    this.sent = new int[blockCount];
    this.acknowledged = new int[blockCount];
    this.flushed = new int[blockCount];
    this.initiator =
        new ProcessBuilder("qemu-io", "-f", "raw", "-t", "writeback", url)
            .redirectErrorStream(true)
            .start();
    this.answers = initiator.inputReader();
    this.commands = initiator.outputWriter();
    this.thread = Thread.ofPlatform().name("writer").start(this::writeUntilGone);
  }

  int acknowledgedCount() {
    return acknowledgedCount.get();
  }

  int flushCount() {
    return flushCount.get();
  }

  /// Ends the initiator, which may be waiting for a target that is dead.
  void awaitEnd() {
    initiator.destroyForcibly();
    try {
      if (!thread.join(java.time.Duration.ofSeconds(20))) {
        throw new AssertionError("the writer does not end");
      }
      initiator.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void writeUntilGone() {
    try {
      while (true) {
        int block = dice.nextInt(sent.length);
        if (sent[block] < WRITES_A_BLOCK_MAX && !write(block)) {
          return;
        }
        if (dice.nextInt(WRITES_A_FLUSH) == 0 && !flush()) {
          return;
        }
      }
    } catch (IOException e) {
      // The initiator was ended while a command was on its way: that one was not acknowledged.
    }
  }

  private boolean write(int block) throws IOException {
    sent[block]++;
    long offset = firstByte + (long) block * BLOCK_BYTES;
    ask("write -P %d %d %d".formatted(sent[block], offset, BLOCK_BYTES));
    String answer = answerWith("wrote ", "failed");
    if (!answer.contains("wrote " + BLOCK_BYTES + "/" + BLOCK_BYTES)) {
      return false;
    }
    acknowledged[block] = sent[block];
    acknowledgedCount.incrementAndGet();
    return true;
  }

  private boolean flush() throws IOException {
    int[] before = acknowledged.clone();
    ask("flush");
    // A flush that succeeds says nothing, so a harmless question after it marks its end.
    ask("length");
    String answer = answerWith("GiB", "MiB", "bytes", "failed");
    if (answer.contains("failed")) {
      return false;
    }
    System.arraycopy(before, 0, flushed, 0, before.length);
    flushCount.incrementAndGet();
    return true;
  }

  private void ask(String command) throws IOException {
    commands.write(command);
    commands.newLine();
    commands.flush();
  }

  /// The next line with one of these words.
  private String answerWith(String... words) throws IOException {
    while (true) {
      String line = answers.readLine();
      if (line == null) {
        throw new IOException("the initiator has ended");
      }
      for (String word : words) {
        if (line.contains(word)) {
          return line;
        }
      }
    }
  }

  /// Blocks whose content, in a picture of the whole volume, is older than promised.
  ///
  /// @param flushedOnly whether only flushed writes were promised (a power cut) or every
  ///     acknowledged one (a killed process)
  List<String> violations(byte[] volume, boolean flushedOnly) {
    List<String> violations = new ArrayList<>();
    for (int block = 0; block < sent.length; block++) {
      int at = Math.toIntExact(firstByte + (long) block * BLOCK_BYTES);
      int value = volume[at] & 0xff;
      int promised = flushedOnly ? flushed[block] : acknowledged[block];
      if (value < promised || value > sent[block]) {
        violations.add(
            "block %d holds write %d; flushed %d, acknowledged %d, sent %d"
                .formatted(block, value, flushed[block], acknowledged[block], sent[block]));
      }
      for (int i = 1; i < BLOCK_BYTES; i++) {
        if ((volume[at + i] & 0xff) != value && value <= promised) {
          violations.add("block " + block + " is torn at byte " + i);
          break;
        }
      }
    }
    return violations;
  }
}
