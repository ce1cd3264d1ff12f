package io.lockstep.node;

import io.lockstep.block.record.RecordPosition;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.VolumeInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a node tells the other one's daemon about itself and one of its mirrors, as JSON in a
/// REPORT.
///
/// Fields are only ever added, with a new version, and only such as an older node may leave out:
/// lists, which are then empty, numbers, which are then 0, and what is `@Nullable`. What a newer
/// node says beyond what is known here is skipped.
///
/// @param version of this form; 0 from a node that did not say it yet
/// @param node the node's own picture
/// @param sessions the sessions at its portal
/// @param primary what only a Primary with open volumes knows; null otherwise
/// @param recordsRead up to where a Secondary has read the pair's records, which its portal offers;
///     null while it is reading, and from a node that does not say it
/// @param mirror the name of the mirror that it is about; null from a node that does not say it
/// @param mirrors the names of all mirrors that the node is configured with; empty from a node that
///     does not say it
/// @param erasesCheaply whether its disk gives back space and reads zeroes there; null from a node
///     that does not say it, which means no
public record NodeReport(
    int version,
    ToldNode node,
    List<SessionInfo> sessions,
    @Nullable Holdings primary,
    @Nullable RecordPosition recordsRead,
    @Nullable String mirror,
    List<String> mirrors,
    @Nullable Boolean erasesCheaply) {
  static final int VERSION = 9;

  /// From this version on a node says what it has read.
  private static final int READING_TOLD = 3;

  /// What a Primary holds.
  public record Holdings(
      @Nullable GroupInfo group,
      List<VolumeInfo> volumes,
      List<ExportInfo> exports,
      List<JobInfo> jobs) {
    /// What hosts are told of the exported volumes, by their NAA identifier.
    public Map<String, MediumFacts> media() {
      var media = new HashMap<String, MediumFacts>();
      for (VolumeInfo volume : volumes) {
        @Nullable String naa = volume.names().naa();
        if (naa != null && volume.iqn() != null) {
          media.put(naa, MediumFacts.of(volume, jobs));
        }
      }
      return media;
    }
  }

  public static NodeReport of(
      ToldNode node,
      List<SessionInfo> sessions,
      @Nullable Holdings primary,
      @Nullable RecordPosition recordsRead,
      @Nullable String mirror) {
    return new NodeReport(VERSION, node, sessions, primary, recordsRead, mirror, List.of(), null);
  }

  /// The same from a node whose disk zeroes in that way.
  public NodeReport erasing(boolean cheaply) {
    return new NodeReport(version, node, sessions, primary, recordsRead, mirror, mirrors, cheaply);
  }

  /// The same from a node that is configured with these mirrors.
  public NodeReport among(List<String> all) {
    return new NodeReport(
        version, node, sessions, primary, recordsRead, mirror, all, erasesCheaply);
  }

  /// Whether the node that sent it says what it has read.
  boolean tellsReading() {
    return version >= READING_TOLD;
  }

  public static NodeReport decode(byte[] json) throws Json.BadJsonException {
    return Json.read(json, NodeReport.class);
  }

  /// As JSON; what does not fit into `bytesMax` is told without sessions and holdings.
  public byte[] encode(int bytesMax) {
    byte[] json = Json.bytes(this);
    return json.length <= bytesMax
        ? json
        : Json.bytes(
            new NodeReport(
                version, node, List.of(), null, recordsRead, mirror, mirrors, erasesCheaply));
  }
}
