package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.volume.ExtentLayout;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Which volumes a space holds, for somebody who may not open it: the Secondary, whose copy changes
/// under it. Writes nothing. Immutable.
///
/// @param volumes those for people; none on a space without a group
/// @param servings what an engine would do with each, by the volume's UUID
/// @param layout where the extents lie; none on a space without a group
public record GroupPicture(
    List<Volume> volumes, Map<String, Serving> servings, ExtentLayout layout) {
  /// A space without a group, or one that was not read yet.
  public static final GroupPicture NONE = new GroupPicture(List.of(), Map.of(), ExtentLayout.NONE);

  public GroupPicture {
    volumes = List.copyOf(volumes);
    servings = Map.copyOf(servings);
  }

  /// Takes a picture of `space`; empty if it cannot be read as a group now. A commit may run at the
  /// same time: its text has a checksum, so that a torn picture is none.
  ///
  /// @param space as for [EmbeddedEngine#open]
  public static void take(
      BlockDevice space,
      BufferPool pool,
      EngineOptions options,
      Consumer<Optional<GroupPicture>> done) {
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
      case FoundSpace.Blank _, FoundSpace.Orphan _ -> Optional.of(NONE);
      case FoundSpace.Refused _ -> Optional.empty();
    };
  }

  private static ExtentLayout layout(GroupText text, PvLabel label) {
    return text.group().layout(text.group().physicalVolume(label.uuid()).orElseThrow());
  }
}
