package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A volume. The fields of its parts stand beside the others in JSON.
///
/// @param name the volume's name
/// @param sizeBytes its size, as hosts see it
/// @param uuid LVM's identifier of it
/// @param names what hosts know it by
/// @param sessionCount who is logged in to it, on both nodes
/// @param segments where its bytes lie on each node's disk
/// @param hindrance what keeps it from being served as a disk is
/// @param place what it belongs to
public record VolumeInfo(
    String name,
    long sizeBytes,
    String uuid,
    @JsonUnwrapped Names names,
    int sessionCount,
    List<SegmentInfo> segments,
    @JsonUnwrapped Hindrance hindrance,
    @JsonUnwrapped Place place) {

  /// A volume of a mirror that is told of alone, and no snapshot.
  public VolumeInfo(
      String name,
      long sizeBytes,
      String uuid,
      Names names,
      int sessionCount,
      List<SegmentInfo> segments,
      Hindrance hindrance) {
    this(name, sizeBytes, uuid, names, sessionCount, segments, hindrance, Place.ALONE);
  }

  /// What a volume belongs to.
  ///
  /// @param mirror the mirror on which it lies; null where one mirror is told of
  /// @param snapshot what makes it a snapshot; null for every other volume
  public record Place(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String mirror,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SnapshotInfo snapshot) {
    /// A volume of a mirror that is told of alone, and no snapshot.
    static final Place ALONE = new Place(null, null);
  }

  public @Nullable String mirror() {
    return place.mirror;
  }

  /// What makes it a snapshot; null for every other volume.
  public @Nullable SnapshotInfo snapshot() {
    return place.snapshot;
  }

  /// Whether it is a snapshot of that volume.
  public boolean isSnapshotOf(VolumeInfo origin) {
    return place.snapshot != null
        && place.snapshot.origin().equals(origin.name())
        && Objects.equals(place.mirror, origin.place.mirror);
  }

  /// What hosts know a volume by; it never changes.
  ///
  /// @param iqn the export's target name, null if it is not exported
  /// @param serial its serial number; null before the first export
  /// @param naa its NAA-6 identifier, 32 hexadecimal digits; null before the first export
  public record Names(@Nullable String iqn, @Nullable String serial, @Nullable String naa) {}

  /// Why a volume is not served as a disk is.
  ///
  /// @param readOnlyReason why hosts may only read it, null if they may write
  /// @param notServedReason why it is not served at all, null if it is
  /// @param job the job that its creation or resizing has begun; only in the answer to that
  public record Hindrance(
      @Nullable String readOnlyReason,
      @Nullable String notServedReason,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String job) {
    /// Without a job.
    public Hindrance(@Nullable String readOnlyReason, @Nullable String notServedReason) {
      this(readOnlyReason, notServedReason, null);
    }
  }

  public @Nullable String job() {
    return hindrance.job;
  }

  public @Nullable String iqn() {
    return names.iqn;
  }

  public @Nullable String readOnlyReason() {
    return hindrance.readOnlyReason;
  }

  public @Nullable String notServedReason() {
    return hindrance.notServedReason;
  }

  /// Whether it is called so: by its name, or as MIRROR/VOLUME.
  public boolean isCalled(String wanted) {
    return name.equals(wanted) || (place.mirror + "/" + name).equals(wanted);
  }

  /// The same volume with so many sessions.
  public VolumeInfo withSessionCount(int count) {
    return new VolumeInfo(name, sizeBytes, uuid, names, count, segments, hindrance, place);
  }

  /// The same volume with the job that is at it.
  public VolumeInfo under(String job) {
    var now = new Hindrance(hindrance.readOnlyReason, hindrance.notServedReason, job);
    return new VolumeInfo(name, sizeBytes, uuid, names, sessionCount, segments, now, place);
  }

  /// The same volume as one of a mirror.
  public VolumeInfo on(String newMirror) {
    var now = new Place(newMirror, place.snapshot);
    return new VolumeInfo(name, sizeBytes, uuid, names, sessionCount, segments, hindrance, now);
  }

  /// The same volume as a snapshot.
  public VolumeInfo as(SnapshotInfo snapshot) {
    var now = new Place(place.mirror, snapshot);
    return new VolumeInfo(name, sizeBytes, uuid, names, sessionCount, segments, hindrance, now);
  }
}
