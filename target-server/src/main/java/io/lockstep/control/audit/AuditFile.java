package io.lockstep.control.audit;

import io.lockstep.control.AuditTrail;
import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node's audit trail. A thread of its own writes it and looks into it, so that no loop ever
/// waits for it: what is not written yet waits in a queue of [#QUEUE_MAX].
///
/// A line is on the disk (fdatasync) as soon as the thread has come to it, right after the
/// answer. A trail that cannot be written ends no service: it is an alert ([#failure]), and its
/// lines go to
/// the log instead. What finds the queue full is counted, and the trail says how many it lacks.
public final class AuditFile implements AuditTrail, AutoCloseable {
  /// So many wait at most.
  static final int QUEUE_MAX = 1024;

  /// A file that could not be written is tried again after so long, if nothing comes before.
  private static final long RETRY_SECONDS = 10;

  private static final long CLOSE_SECONDS_MAX = 5;
  private static final Logger LOG = LoggerFactory.getLogger(AuditFile.class);

  private final Path file;
  private final String node;
  private final Runnable failureChanged;
  private final AuditFiles files;
  private final BlockingQueue<Job> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
  private final AtomicLong turnedAway = new AtomicLong();
  private final Thread thread;
  private volatile @Nullable String failure;

  /// Lines that are missing and not told of yet; the thread's own.
  private long lost;

  private sealed interface Job {
    record Write(Supplier<AuditInfo> entry) implements Job {}

    record Read(Requests.AuditQuery query, Consumer<Answer> done) implements Job {}

    record End() implements Job {}
  }

  private AuditFile(Path file, String node, Runnable failureChanged) {
    this.file = file;
    this.node = node;
    this.failureChanged = failureChanged;
    this.files = new AuditFiles(file);
    this.thread = Thread.ofPlatform().daemon().name("audit").unstarted(this::run);
  }

  /// Begins a trail, or goes on with it. It never fails; whether it can be written shows.
  ///
  /// @param node whose trail it is
  /// @param failureChanged runs on the trail's thread when [#failure] has changed
  public static AuditFile open(Path file, String node, Runnable failureChanged) {
    var trail = new AuditFile(file, node, failureChanged);
    trail.thread.start();
    return trail;
  }

  /// Writes a line for a program that is no daemon and ends. While the node's daemon has the trail
  /// open, that takes the line in as soon as it is asked, and within [#RETRY_SECONDS].
  ///
  /// @throws IOException if it could not be written
  public static void add(Path file, AuditInfo entry) throws IOException {
    var files = new AuditFiles(file);
    try {
      files.takeIn();
      files.append(entry);
      files.sync();
    } catch (AuditFiles.InUseException e) {
      files.leave(entry);
    } finally {
      files.close();
    }
  }

  /// Why it cannot be written at present. Callable from any thread.
  public Optional<String> failure() {
    return Optional.ofNullable(failure);
  }

  @Override
  public void write(Supplier<AuditInfo> entry) {
    if (!queue.offer(new Job.Write(entry))) {
      turnedAway.incrementAndGet();
    }
  }

  @Override
  public void read(Requests.AuditQuery query, Consumer<Answer> done) {
    if (!queue.offer(new Job.Read(query, done))) {
      done.accept(unread("too much waits for it"));
    }
  }

  private static Answer unread(String why) {
    return Answer.unavailable("The audit trail was not read", why, "try again in a moment");
  }

  /// Writes what waits and ends. Waits for it, but not long; not called on a loop.
  @Override
  public void close() {
    try {
      if (queue.offer(new Job.End(), CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
        thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS_MAX));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // --- its thread ---

  private void run() {
    tryOpen();
    try {
      boolean goesOn = true;
      while (goesOn) {
        @Nullable Job job = queue.poll(RETRY_SECONDS, TimeUnit.SECONDS);
        goesOn = job == null ? tryAgain() : work(job);
      }
    } catch (InterruptedException e) {
      LOG.warn("the audit trail is no longer written: its thread was interrupted");
    } finally {
      closeFiles();
    }
  }

  private boolean work(Job job) {
    switch (job) {
      case Job.Write(Supplier<AuditInfo> entry) -> append(entry);
      case Job.Read(Requests.AuditQuery query, Consumer<Answer> done) -> done.accept(found(query));
      case Job.End() -> {
        return false;
      }
    }
    return true;
  }

  private boolean tryAgain() {
    tryOpen();
    return true;
  }

  private void tryOpen() {
    try {
      files.open();
      files.takeIn();
      tellLost();
      writable();
    } catch (IOException e) {
      unwritable(e);
    }
  }

  private void append(Supplier<AuditInfo> made) {
    AuditInfo entry;
    try {
      entry = made.get();
    } catch (RuntimeException e) {
      lost++;
      LOG.error("a line of the audit trail could not be drawn", e);
      return;
    }
    try {
      files.takeIn();
      tellLost();
      files.append(entry);
      if (!(queue.peek() instanceof Job.Write)) {
        files.sync();
      }
      writable();
    } catch (IOException e) {
      lost++;
      unwritable(e);
      LOG.warn("not in the audit trail: {}", Json.text(entry));
    }
  }

  /// A line for those that are missing before it.
  private void tellLost() throws IOException {
    lost += turnedAway.getAndSet(0);
    if (lost == 0) {
      return;
    }
    String why =
        "%d lines are missing here: the file could not be written, or too many came at once"
            .formatted(lost);
    Instant now = Instant.now();
    files.append(
        new AuditInfo(
            AuditInfo.When.of(now, node),
            new AuditInfo.Who("lockstepd", "", ""),
            new AuditInfo.What("audit", "", null),
            new AuditInfo.Outcome(AuditInfo.LOST, why, null, null)));
    LOG.warn("the audit trail {} lacks {} lines", file, lost);
    lost = 0;
  }

  private Answer found(Requests.AuditQuery query) {
    try {
      files.takeIn();
      return Answer.ok(files.read(query));
    } catch (IOException e) {
      return unread(file + " cannot be read: " + reason(e));
    }
  }

  private void writable() {
    if (failure != null) {
      LOG.info("the audit trail {} is written again", file);
      failure = null;
      failureChanged.run();
    }
  }

  private void unwritable(IOException e) {
    String why = file + ": " + reason(e);
    if (!why.equals(failure)) {
      LOG.error("the audit trail cannot be written: {}", why);
      failure = why;
      failureChanged.run();
    }
  }

  /// The JDK's words for it, without the path that stands there already.
  private static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    String kind = e.getClass().getSimpleName();
    return message.startsWith("/") && !message.contains(" ")
        ? kind.replaceAll("(?<=[a-z])(?=[A-Z])", " ")
            .replace(" Exception", "")
            .toLowerCase(Locale.ROOT)
        : message;
  }

  private void closeFiles() {
    try {
      files.sync();
      files.close();
    } catch (IOException e) {
      LOG.warn("the end of the audit trail {} may not be on the disk: {}", file, reason(e));
    }
  }
}
