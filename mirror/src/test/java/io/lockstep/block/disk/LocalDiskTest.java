package io.lockstep.block.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockStatus;
import io.lockstep.block.BufferPool;
import io.lockstep.block.DeviceDriver;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.Refusal;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What a local disk refuses, and how it behaves at its limits, on both kinds of loop.
@ParameterizedClass
@EnumSource(LoopKind.class)
@Tag("shell")
final class LocalDiskTest {
  private static final int SIZE_BYTES = 4 << 20;

  @Parameter LoopKind kind = LoopKind.EPOLL;
  @TempDir Path directory = Path.of("");

  private LoopDriver.Ring driver;
  private Path file;

  @BeforeEach
  void start() {
    driver = (LoopDriver.Ring) LoopDriver.ring(kind);
    file = directory.resolve("disk");
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  private LocalDisk opened(DiskOptions options) {
    return switch (LocalDisk.open(driver.loop(), file, options)) {
      case LocalDisk.Opened.Ready(LocalDisk disk) -> disk;
      case LocalDisk.Opened.Refused(Refusal refusal) ->
          throw new AssertionError(refusal.sentence());
    };
  }

  private String refusal(Path path, DiskOptions options) {
    return ((LocalDisk.Opened.Refused) LocalDisk.open(driver.loop(), path, options))
        .refusal()
        .sentence();
  }

  @Test
  void aMissingFileADirectoryAndADeviceAreRefused() {
    assertThat(refusal(file, DiskOptions.DEFAULT)).contains("does not exist").contains("create");
    assertThat(refusal(directory, DiskOptions.DEFAULT)).contains("is a directory");
    assertThat(refusal(Path.of("/dev/null"), DiskOptions.DEFAULT)).contains("neither a file nor");
  }

  /// On tmpfs, one of the file systems that are believed.
  @Test
  void knowsItsHolesAsSoonAsAWriteHasEnded() throws Exception {
    Path folder = Files.createTempDirectory(Path.of("/dev/shm"), "holes");
    file = folder.resolve("disk");
    assertThat(LocalDisk.create(file, SIZE_BYTES)).isEmpty();
    LocalDisk disk = opened(DiskOptions.DEFAULT);
    var device = new DeviceDriver(driver, disk);
    int at = 1 << 20;
    int size = SIZE_BYTES - (64 << 10); // The end was written when the file was made.

    assertThat(status(disk, 0, size)).isEqualTo(BlockStatus.hole(size));
    assertThat(device.write(at, new byte[8192])).isEqualTo(IoResult.OK);
    assertThat(status(disk, 0, size)).isEqualTo(BlockStatus.hole(at));
    assertThat(status(disk, at, size - at)).isEqualTo(BlockStatus.data(8192));
    assertThat(status(disk, at + 8192, 4096)).isEqualTo(BlockStatus.hole(4096));
    assertThat(device.writeZeroes(at, 8192, Durability.WRITE_BACK)).isEqualTo(IoResult.OK);
    assertThat(status(disk, 0, size)).isEqualTo(BlockStatus.hole(size));
    assertThat(device.close()).isEqualTo(IoResult.OK);
    Files.delete(file);
    Files.delete(folder);
  }

  private BlockStatus status(LocalDisk disk, long offset, long length) {
    var told = new CompletableFuture<BlockStatus>();
    driver.loop().execute(() -> disk.blockStatus(offset, length, told::complete));
    return told.join();
  }

  @Test
  void creatingNeverTouchesWhatExists() throws Exception {
    assertThat(LocalDisk.create(file, SIZE_BYTES)).isEmpty();
    assertThat(Files.size(file)).isEqualTo(SIZE_BYTES);
    assertThat(LocalDisk.create(file, 4096).orElseThrow()).contains("exists already");
    assertThat(Files.size(file)).isEqualTo(SIZE_BYTES);
    Path nowhere = directory.resolve("no").resolve("disk");
    assertThat(LocalDisk.create(nowhere, 4096).orElseThrow()).contains("does not exist");
  }

  /// An empty file stayed, and the next attempt was told that it exists already.
  @Test
  void aFileThatIsTooLargeForItsFileSystemLeavesNothing() throws Exception {
    long largest = Long.MAX_VALUE / 4096 * 4096;
    String refused = LocalDisk.create(file, largest).orElse("made");
    if (refused.equals("made")) {
      assertThat(Files.size(file)).isEqualTo(largest);
    } else {
      assertThat(refused).contains("its file system takes no file of", "choose a smaller size");
      assertThat(file).doesNotExist();
    }
  }

  @Test
  void aSecondHolderIsToldWhoTheFirstIs() throws Exception {
    LocalDisk.create(file, SIZE_BYTES);
    LocalDisk disk = opened(DiskOptions.DEFAULT);
    assertThat(refusal(file, DiskOptions.DEFAULT)).contains("held by this very process");
    new DeviceDriver(driver, disk).close();
    Process other =
        new ProcessBuilder("flock", "-x", file.toString(), "sh", "-c", "echo locked; read x")
            .start();
    assertThat(other.inputReader().readLine()).isEqualTo("locked");
    assertThat(refusal(file, DiskOptions.DEFAULT))
        .contains("held by process " + other.pid())
        .contains("(flock)");
    other.outputWriter().close();
    assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
    new DeviceDriver(driver, opened(DiskOptions.DEFAULT)).close();
  }

  @Test
  void anotherSizeRoundsDownToWholeBlocks() throws Exception {
    Files.write(file, new byte[10_000]);
    LocalDisk disk = opened(DiskOptions.declaring(BlockSizes.NATIVE_4096));
    assertThat(disk.limits().sizeBytes()).isEqualTo(8192);
    assertThat(disk.limits().volatileCache()).isTrue();
    assertThat(disk.path()).isEqualTo(file);
    new DeviceDriver(driver, disk).close();
  }

  @Test
  void bufferedFilesAndTmpfsWorkToo() throws Exception {
    LocalDisk.create(file, SIZE_BYTES);
    roundTrip(opened(new DiskOptions(DiskOptions.DEFAULT.declaredSizes(), false)));
    Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "local-disk");
    file = memory.resolve("disk");
    LocalDisk.create(file, SIZE_BYTES);
    roundTrip(opened(DiskOptions.DEFAULT));
    Files.delete(file);
    Files.delete(memory);
  }

  private void roundTrip(LocalDisk disk) {
    var driven = new DeviceDriver(driver, disk);
    byte[] bytes = {1, 2, 3};
    byte[] block = java.util.Arrays.copyOf(bytes, 4096);
    assertThat(driven.write(4096, block, Durability.FUA)).isEqualTo(IoResult.OK);
    assertThat(driven.read(4096, 4096)).isEqualTo(block);
    assertThat(driven.discard(4096, 4096)).isEqualTo(IoResult.OK);
    assertThat(driven.read(4096, 4096)).containsOnly(0);
    assertThat(driven.close()).isEqualTo(IoResult.OK);
  }

  @Test
  void aFileCutShortIsAMediumErrorAndNotZeroes() throws Exception {
    LocalDisk.create(file, SIZE_BYTES);
    LocalDisk disk = opened(DiskOptions.DEFAULT);
    try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(SIZE_BYTES / 2);
    }
    var driven = new DeviceDriver(driver, disk);
    ByteBuffer target = BufferPool.allocate(8192);
    IoResult result = driven.perform(done -> disk.read(SIZE_BYTES / 2 - 4096, target, done));
    assertThat(result.reason()).isEqualTo(IoResult.Reason.MEDIUM_ERROR);
    assertThat(result.detail()).contains("ends early").contains(file.toString());
    assertThat(driven.read(0, 4096)).containsOnly(0);
    driven.close();
  }

  @Test
  void moreThanTheRingHoldsWaitsAndIsServed() {
    LocalDisk.create(file, SIZE_BYTES);
    LocalDisk disk = opened(DiskOptions.DEFAULT);
    var driven = new DeviceDriver(driver, disk);
    var results = new ArrayList<CompletableFuture<IoResult>>();
    ByteBuffer shared = BufferPool.allocate(4096);
    for (int index = 0; index < 20 * LocalDisk.TRANSFERS_MAX; index++) {
      results.add(driven.start(done -> disk.read(0, shared, done)));
    }
    for (int index = 0; index < 20 * LocalDisk.HOLES_MAX; index++) {
      results.add(driven.start(done -> disk.writeZeroes(1 << 20, 2 << 20, Durability.FUA, done)));
    }
    assertThat(driven.join(results)).containsOnly(IoResult.OK);
    driven.close();
  }

  @Test
  void aKilledHolderIsWaitedFor() throws Exception {
    LocalDisk.create(file, SIZE_BYTES);
    for (int round = 0; round < 3; round++) {
      Process holder =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "--enable-native-access=ALL-UNNAMED",
                  "--sun-misc-unsafe-memory-access=allow",
                  "-cp",
                  System.getProperty("java.class.path"),
                  BusyHolder.class.getName(),
                  kind.name(),
                  file.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(holder.inputReader().lines().anyMatch("writing"::equals)).isTrue();
      holder.destroyForcibly();
      LocalDisk disk = opened(DiskOptions.DEFAULT);
      new DeviceDriver(driver, disk).close();
      assertThat(holder.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  /// The lock is that of the open file: a request that the kernel still carries out after its
  /// process has died keeps the file open. Here a child of the dead process does.
  @Test
  void theLockLivesAsLongAsTheOpenFileAndNotAsTheProcess() throws Exception {
    LocalDisk.create(file, SIZE_BYTES);
    String script = "exec 9<>\"$0\"; flock -x 9; exec sleep 60 & echo $!";
    Process locker = new ProcessBuilder("sh", "-c", script, file.toString()).start();
    long child = Long.parseLong(locker.inputReader().readLine());
    assertThat(locker.waitFor(30, TimeUnit.SECONDS)).isTrue();
    var opened = new CompletableFuture<LocalDisk.Opened>();
    Thread opener =
        Thread.ofPlatform()
            .start(() -> opened.complete(LocalDisk.open(driver.loop(), file, DiskOptions.DEFAULT)));
    while (opener.getState() != Thread.State.TIMED_WAITING && !opened.isDone()) {
      Thread.onSpinWait();
    }
    assertThat(opened).as("opened while the child keeps the file").isNotDone();
    ProcessHandle.of(child).orElseThrow().destroyForcibly();
    LocalDisk.Opened outcome = opened.get(30, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(LocalDisk.Opened.Ready.class);
    new DeviceDriver(driver, ((LocalDisk.Opened.Ready) outcome).disk()).close();
  }

  /// A program that holds a disk and keeps writing to it until it is killed.
  static final class BusyHolder {
    private BusyHolder() {}

    public static void main(String[] arguments) throws Exception {
      RingLoop loop = RingLoop.start("holder", LoopKind.valueOf(arguments[0]), Fatal.HALT);
      LocalDisk.Opened opened = LocalDisk.open(loop, Path.of(arguments[1]), DiskOptions.DEFAULT);
      LocalDisk disk = ((LocalDisk.Opened.Ready) opened).disk();
      for (int lane = 0; lane < 32; lane++) {
        ByteBuffer buffer = BufferPool.allocate(64 << 10);
        loop.execute(() -> write(disk, buffer));
      }
      System.out.println("writing");
      Thread.currentThread().join();
    }

    private static void write(LocalDisk disk, ByteBuffer buffer) {
      disk.write(0, buffer, Durability.FUA, _ -> write(disk, buffer));
    }
  }
}
