package io.lockstep.control;

import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.PairStatus;
import java.util.List;

/// What a node knows at one moment. Taken on the node's loop, where it costs next to nothing; drawn
/// on any thread, so that who asks takes no time from the data path. Immutable.
public interface PairPicture {
  PairStatus status();

  /// The mirrors, and where their data lies on this node's disks.
  List<MirrorInfo> mirrors();
}
