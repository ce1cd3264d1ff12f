package io.lockstep.daemon;

import io.lockstep.block.disk.FileSpace;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Looks from time to time how much room the file system has for the file that a disk is. It has a
/// thread of its own: a file system may take its time to answer, and no loop waits for one.
final class SpaceWatch implements AutoCloseable {
  private static final long LOOK_SECONDS = 10;

  private final ScheduledExecutorService looking;
  private volatile Optional<FileSpace> latest = Optional.empty();

  private SpaceWatch(String mirror) {
    looking =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().name("space of " + mirror).daemon().unstarted(task));
  }

  /// Begins to look, now and every few seconds.
  static SpaceWatch of(String mirror, Path disk) {
    var watch = new SpaceWatch(mirror);
    watch.looking.scheduleWithFixedDelay(
        () -> watch.latest = FileSpace.of(disk), 0, LOOK_SECONDS, TimeUnit.SECONDS);
    return watch;
  }

  /// What was seen last; empty for a block device. Callable from any thread.
  Optional<FileSpace> latest() {
    return latest;
  }

  @Override
  public void close() {
    looking.shutdownNow();
  }
}
