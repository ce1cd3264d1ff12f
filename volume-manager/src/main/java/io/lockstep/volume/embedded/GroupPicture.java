package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.volume.Volume;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Which volumes a space holds, for somebody who may not open it: the Secondary, whose copy changes
/// under it. Writes nothing. Immutable.
///
/// @param volumes those for people; none on a space without a group
/// @param extentSizeBytes size of an extent; 0 on a space without a group
public record GroupPicture(List<Volume> volumes, long extentSizeBytes) {
  private static final GroupPicture NONE = new GroupPicture(List.of(), 0);

  public GroupPicture {
    volumes = List.copyOf(volumes);
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
    SpaceReader.read(new SpaceIo(space, pool), options, found -> done.accept(of(found)));
  }

  private static Optional<GroupPicture> of(Space found) {
    return switch (found) {
      case Space.Group(_, _, GroupText text) ->
          Optional.of(
              new GroupPicture(
                  EmbeddedEngine.forPeople(text.group().volumes()),
                  text.group().extentSizeBytes()));
      case Space.Blank _, Space.Orphan _ -> Optional.of(NONE);
      case Space.Refused _ -> Optional.empty();
    };
  }
}
