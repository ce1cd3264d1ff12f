package io.lockstep.daemon;

import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.VolumeInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a node tells the other one's daemon about itself, as JSON. Fields of a newer release are
/// skipped.
///
/// @param node the node's own picture
/// @param sessions the sessions at its portal
/// @param primary what only a Primary with open volumes knows; null otherwise
record NodeReport(NodeStatus node, List<SessionInfo> sessions, @Nullable Holdings primary) {
  /// What a Primary holds.
  record Holdings(@Nullable GroupInfo group, List<VolumeInfo> volumes, List<ExportInfo> exports) {
    /// How large the exported volumes are, in bytes, by their IQN.
    Map<String, Long> sizes() {
      var sizes = new HashMap<String, Long>();
      for (VolumeInfo volume : volumes) {
        @Nullable String iqn = volume.iqn();
        if (iqn != null) {
          sizes.put(iqn, volume.sizeBytes());
        }
      }
      return sizes;
    }
  }
}
