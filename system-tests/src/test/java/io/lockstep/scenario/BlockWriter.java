package io.lockstep.scenario;

import io.lockstep.lab.Tool;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Writes to a LUN through libiscsi (`qemu-io` as the initiator) until it is told to stop or the
/// target is gone, and keeps the ledger of what was sent, acknowledged and flushed.
///
/// The ledger belongs to the writing thread until [#stop] or [#abandon] has returned.
final class BlockWriter implements AutoCloseable {
  private static final String PROMPT = "qemu-io> ";
  private static final int WRITES_A_FLUSH = 24;
  private static final Duration END_MAX = Duration.ofSeconds(20);

  private final Process initiator;
  private final BufferedReader answers;
  private final BufferedWriter commands;
  private final WriteLedger ledger;
  private final SplittableRandom dice;
  private final Thread thread;
  private final AtomicInteger acknowledgedCount = new AtomicInteger();
  private final AtomicInteger flushCount = new AtomicInteger();
  private volatile boolean stopping;

  /// @param url the LUN
  /// @param seed decides which blocks are written and when a flush is sent
  BlockWriter(String url, WriteLedger ledger, long seed) throws IOException {
    this.ledger = ledger;
    this.dice = new SplittableRandom(seed);
    this.initiator =
        new ProcessBuilder("qemu-io", "-f", "raw", "-t", "writeback", url)
            .redirectErrorStream(true)
            .start();
    this.answers = initiator.inputReader();
    this.commands = initiator.outputWriter();
    this.thread = Thread.ofPlatform().name("writer").start(this::writeOn);
  }

  int acknowledgedCount() {
    return acknowledgedCount.get();
  }

  int flushCount() {
    return flushCount.get();
  }

  void awaitWrites(int count) {
    Tool.await(
        () -> count + " acknowledged writes, but " + acknowledgedCount(),
        Duration.ofSeconds(30),
        () -> acknowledgedCount() >= count || !thread.isAlive());
    if (acknowledgedCount() < count) {
      throw new AssertionError("the writer ended after " + acknowledgedCount() + " writes");
    }
  }

  /// Ends after the write under way and a last flush.
  void stop() {
    stopping = true;
    join();
  }

  /// Ends the initiator, which may be waiting for a target that is dead.
  void abandon() {
    initiator.destroyForcibly();
    join();
  }

  @Override
  public void close() {
    abandon();
  }

  private void join() {
    try {
      if (!thread.join(END_MAX)) {
        initiator.destroyForcibly();
        throw new AssertionError("the writer does not end");
      }
      initiator.destroyForcibly().waitFor(END_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void writeOn() {
    try {
      boolean good = answer().isEmpty();
      while (good && !stopping) {
        int block = dice.nextInt(ledger.blockCount());
        good = ledger.isExhausted(block) || write(block);
        if (good && dice.nextInt(WRITES_A_FLUSH) == 0) {
          good = flush();
        }
      }
      if (good) {
        flush();
      }
    } catch (IOException e) {
      // The initiator was ended while a command was on its way: that one was not acknowledged.
    }
  }

  private boolean write(int block) throws IOException {
    int number = ledger.send(block);
    int length = WriteLedger.BLOCK_BYTES;
    String answer = ask("write -P %d %d %d".formatted(number, ledger.offset(block), length));
    if (!answer.contains("wrote " + length + "/" + length)) {
      return false;
    }
    ledger.acknowledge(block);
    acknowledgedCount.incrementAndGet();
    return true;
  }

  /// A flush that succeeds says nothing.
  private boolean flush() throws IOException {
    int[] begun = ledger.beginFlush();
    if (!ask("flush").isEmpty()) {
      return false;
    }
    ledger.endFlush(begun);
    flushCount.incrementAndGet();
    return true;
  }

  /// One command at a time: `qemu-io` does not see a second line that it has read with the first.
  private String ask(String command) throws IOException {
    commands.write(command);
    commands.newLine();
    commands.flush();
    return answer();
  }

  /// What it prints before its next prompt.
  private String answer() throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(PROMPT) < 0) {
      int next = answers.read();
      if (next < 0) {
        throw new IOException("the initiator has ended");
      }
      text.append((char) next);
    }
    return text.substring(0, text.length() - PROMPT.length());
  }
}
