package io.lockstep.volume;

import java.util.List;
import java.util.Map;

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
}
