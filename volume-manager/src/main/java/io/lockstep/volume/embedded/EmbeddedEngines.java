package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import io.lockstep.volume.Engines;
import io.lockstep.volume.ExtentLayout;
import io.lockstep.volume.GroupPicture;
import io.lockstep.volume.OpenResult;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The embedded kind: reads and writes LVM2's format itself. Immutable.
///
/// @param options with which it opens every group
public record EmbeddedEngines(EngineOptions options) implements Engines {
  @Override
  public void open(BlockDevice space, Loop loop, BufferPool pool, Consumer<OpenResult> done) {
    EmbeddedEngine.open(space, loop, pool, options, done);
  }

  /// A text that a commit is writing has a checksum.
  @Override
  public void picture(BlockDevice space, BufferPool pool, Consumer<Optional<GroupPicture>> done) {
    SpaceIo io = new SpaceIo(space, pool);
    SpaceReader.read(io, options, found -> done.accept(of(found, io.blockBytes())));
  }

  private static Optional<GroupPicture> of(FoundSpace found, int blockBytes) {
    return switch (found) {
      case FoundSpace.Group(PvLabel label, _, GroupText text) -> {
        List<Volume> volumes = EmbeddedEngine.forPeople(text.group().volumes());
        var servings = new HashMap<String, Serving>();
        for (Volume volume : volumes) {
          servings.put(volume.uuid(), text.serving(volume, label.uuid(), blockBytes));
        }
        yield Optional.of(new GroupPicture(volumes, servings, layout(text, label)));
      }
      case FoundSpace.Blank _, FoundSpace.Orphan _ -> Optional.of(GroupPicture.NONE);
      case FoundSpace.Refused _ -> Optional.empty();
    };
  }

  private static ExtentLayout layout(GroupText text, PvLabel label) {
    return text.group().layout(text.group().physicalVolume(label.uuid()).orElseThrow());
  }
}
