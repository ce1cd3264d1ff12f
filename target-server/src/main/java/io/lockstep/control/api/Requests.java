package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bodies of the requests that change something.
public final class Requests {
  /// No volume is larger: 1 EiB.
  public static final long SIZE_BYTES_MAX = 1L << 60;

  private Requests() {}

  /// `POST /v1/volumes`.
  ///
  /// @param name `[a-z0-9][a-z0-9.-]*`, at most 63 characters
  /// @param sizeBytes rounded up to whole extents (4 MiB)
  public record CreateVolume(
      @Nullable String name, @InRange(min = 1, max = SIZE_BYTES_MAX) @Nullable Long sizeBytes) {}

  /// `POST /v1/volumes/{name}/resize`.
  ///
  /// @param sizeBytes the new size
  /// @param shrink whether it may be smaller than now; absent means no
  public record ResizeVolume(
      @InRange(min = 1, max = SIZE_BYTES_MAX) @Nullable Long sizeBytes, @Nullable Boolean shrink) {}

  /// `POST /v1/volumes/{name}/rename`.
  public record RenameVolume(@Nullable String newName) {}

  /// `POST /v1/exports`.
  ///
  /// @param volume the volume to export
  /// @param initiators who may log in; absent or empty: everybody
  /// @param writeCache whether GOOD to a write may come before its data are stable; absent: as it
  ///     was, and on for a volume that was never exported
  public record CreateExport(
      @Nullable String volume,
      @Nullable List<String> initiators,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean writeCache) {}

  /// `POST /v1/exports/{name}/change`.
  ///
  /// @param writeCache as in [CreateExport]
  public record ChangeExport(@Nullable Boolean writeCache) {}

  /// `POST /v1/node/stop`.
  ///
  /// @param handover whether a Primary hands over to a peer in sync first; absent means as the
  ///     configuration says
  /// @param afterPeer end when the other node has ended, not now; asked by the other node
  public record StopNode(@Nullable Boolean handover, @Nullable Boolean afterPeer) {
    public static StopNode following() {
      return new StopNode(false, true);
    }

    public boolean handsOver() {
      return !Boolean.FALSE.equals(handover);
    }

    public boolean follows() {
      return Boolean.TRUE.equals(afterPeer);
    }
  }

  /// `POST /v1/mirror/{promote|demote|disconnect|connect|accept-loss}`.
  ///
  /// @param node the node meant; absent: the one that is asked
  /// @param discardMyData with `connect` after a split brain: give up this node's changes
  /// @param force with `promote`: a disk too that is Outdated, or that has failed before, so that
  ///     something is known to be missing; with `disconnect`: also if the Secondary does not
  ///     confirm that it is Outdated
  /// @param mirror the mirror meant; absent: the one there is
  public record MirrorCommand(
      @Nullable String node,
      @Nullable Boolean discardMyData,
      @Nullable Boolean force,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String mirror) {
    /// A command without options.
    public static MirrorCommand at(@Nullable String node) {
      return new MirrorCommand(node, null, null, null);
    }

    public static MirrorCommand discardingAt(@Nullable String node) {
      return new MirrorCommand(node, true, null, null);
    }

    public static MirrorCommand forcedAt(@Nullable String node) {
      return new MirrorCommand(node, null, true, null);
    }

    /// The same, to the mirror of this name.
    public MirrorCommand to(@Nullable String newMirror) {
      return new MirrorCommand(node, discardMyData, force, newMirror);
    }

    public boolean discards() {
      return Boolean.TRUE.equals(discardMyData);
    }

    public boolean forces() {
      return Boolean.TRUE.equals(force);
    }
  }
}
