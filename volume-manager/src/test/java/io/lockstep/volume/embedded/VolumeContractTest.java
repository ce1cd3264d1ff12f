package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockDeviceContract;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.disk.BlockSizes;
import io.lockstep.block.disk.DiskOptions;
import io.lockstep.block.disk.LocalDisk;
import io.lockstep.block.filter.Filter;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.volume.OpenResult;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A volume in three pieces, made by the engine on a real file, on both kinds of loop and with
/// every pair of block sizes.
@ParameterizedClass(name = "{0} {1}")
@MethodSource("kindsAndSizes")
@Tag("contract")
final class VolumeContractTest extends BlockDeviceContract {
  private static final long MIB = Fixture.MIB;

  @Parameter(0)
  LoopKind kind = LoopKind.EPOLL;

  @Parameter(1)
  BlockSizes sizes = BlockSizes.EMULATED_512;

  private Path file = Path.of("disk");

  static Stream<Arguments> kindsAndSizes() {
    return Stream.of(LoopKind.values())
        .flatMap(
            kind ->
                Stream.of(BlockSizes.NATIVE_512, BlockSizes.EMULATED_512, BlockSizes.NATIVE_4096)
                    .map(sizes -> Arguments.of(kind, sizes)));
  }

  @Override
  protected LoopDriver startLoop() {
    return LoopDriver.ring(kind);
  }

  @Override
  protected BlockDevice open(LoopDriver driver) throws Exception {
    file = Files.createTempDirectory("volume").resolve("disk");
    assertThat(LocalDisk.create(file, 32 << 20)).isEmpty();
    var loop = ((LoopDriver.Ring) driver).loop();
    LocalDisk.Opened opened = LocalDisk.open(loop, file, DiskOptions.declaring(sizes));
    LocalDisk disk = ((LocalDisk.Opened.Ready) opened).disk();
    BufferPool pool = new BufferPool(8 << 20);
    OpenResult result =
        await(driver, done -> new EmbeddedEngines(Fixture.options(1)).open(disk, loop, pool, done));
    VolumeEngine engine = ((OpenResult.Ready) result).engine();
    for (String name : new String[] {"a", "gap1", "b", "gap2"}) {
      change(driver, done -> engine.create(name, 4 * MIB, done));
    }
    change(driver, done -> engine.delete("a", done));
    change(driver, done -> engine.delete("b", done));
    change(driver, done -> engine.create("v", 12 * MIB, done));
    BlockDevice volume = driver.call(() -> engine.device("v").orElseThrow());
    assertThat(engine.volumes().getLast().segments()).hasSize(3);
    return new OverDisk(volume, disk);
  }

  private static void change(LoopDriver driver, Consumer<Consumer<VolumeResult>> call) {
    assertThat(await(driver, call)).isInstanceOf(VolumeResult.Done.class);
  }

  private static <T> T await(LoopDriver driver, Consumer<Consumer<T>> call) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    driver.run(() -> call.accept(answer::complete));
    return driver.join(answer);
  }

  @Override
  protected void afterClose() throws Exception {
    Files.deleteIfExists(file);
    Files.deleteIfExists(file.getParent());
  }

  /// The volume; closing it closes the disk too.
  private static final class OverDisk extends Filter {
    private final BlockDevice disk;

    OverDisk(BlockDevice volume, BlockDevice disk) {
      super(volume);
      this.disk = disk;
    }

    @Override
    public void close(Completion completion) {
      next.close(
          result -> {
            if (result.isOk()) {
              disk.close(completion);
            } else {
              completion.completed(result);
            }
          });
    }
  }
}
