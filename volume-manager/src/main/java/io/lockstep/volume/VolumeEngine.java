package io.lockstep.volume;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Completion;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One open volume group and what an administrator does with it; the face that both engines show.
///
/// **Threading.** Belongs to the [io.lockstep.block.Loop] it was opened with: every method is
/// called on it and every callback runs on it, in a later turn than the call.
///
/// **Changes** run one after another, in the order of the calls, each as one commit of the group's
/// metadata: a crash leaves the group as it was before the change or as it is after it. A change
/// that is refused has changed nothing; one that broke off at the one moment when nobody can tell
/// is [VolumeResult.Unknown]. What wants to change a volume in use (delete, shrink) is
/// the caller's to judge; the engine knows nothing of sessions.
public interface VolumeEngine {
  /// Most changes that may wait for their turn; one more is refused.
  int CHANGES_WAITING_MAX = 64;

  /// The group now, after the last finished change.
  GroupStatus group();

  /// The volumes that people see, in the order of the metadata. Internal volumes of LVM (a thin
  /// pool's data, a mirror's image) are not among them.
  List<Volume> volumes();

  /// Creates a volume of zeroes.
  ///
  /// @param name see [VolumeName]
  /// @param sizeBytes at least 1; rounded up to whole [VolumeGroup#SIZE_STEP_BYTES]
  void create(String name, long sizeBytes, Consumer<VolumeResult> done);

  /// The same, with an identifier that was asked for before, so that the caller can write down what
  /// is about to be there.
  ///
  /// @param uuid from [#unusedUuid]
  void create(String name, String uuid, long sizeBytes, Consumer<VolumeResult> done);

  /// An identifier that no volume has.
  String unusedUuid();

  /// Gives a volume another size while it may be in use. What is added reads as zeroes.
  ///
  /// @param sizeBytes the new size, rounded up as in [#create]
  /// @param shrinkAllowed whether the end of the volume may be thrown away; without it a smaller
  ///     size is refused
  void resize(String name, long sizeBytes, boolean shrinkAllowed, Consumer<VolumeResult> done);

  /// Gives a volume another name; its device stays the same and goes on.
  void rename(String name, String newName, Consumer<VolumeResult> done);

  /// Deletes a volume. Its device first lets running operations end, and then answers NOT_READY.
  void delete(String name, Consumer<VolumeResult> done);

  /// Takes a snapshot: a volume of its own that goes on showing what the origin holds at a moment
  /// between two writes, after the call and before `done`. Writes that were acknowledged before the
  /// call are in it. The origin's requests wait for the time of one commit.
  ///
  /// A snapshot is listed, renamed and deleted as any volume, and [#resize] changes its room, which
  /// can only grow. It may be written: what a host writes to it is kept in its room, too.
  void takeSnapshot(SnapshotAsk ask, Consumer<VolumeResult> done);

  /// Puts the origin of a snapshot back to the snapshot's moment (LVM's merge). Done says that it
  /// has begun and cannot be undone: from then on the origin reads as the snapshot, may be used,
  /// and the data are moved in the background, through a restart and another opening of the group.
  /// When all is moved, the snapshot is gone. While the origin or the snapshot is in use, this is
  /// the caller's to refuse.
  ///
  /// @param snapshot name of the snapshot
  void rollBack(String snapshot, Consumer<VolumeResult> done);

  /// How a snapshot does; empty for a name that is no snapshot's.
  Optional<SnapshotStatus> snapshot(String name);

  /// The volume as a block device: one object for each volume while the engine is open, which
  /// follows a resize and survives a rename. Empty for an unknown volume and for one that is not
  /// served; what may only be read answers changes with WRITE_PROTECTED.
  Optional<BlockDevice> device(String name);

  /// What this engine does with a volume of [#volumes()], and why not more. A volume that cannot be
  /// served or written says nothing about its neighbours.
  Serving serving(Volume volume);

  /// Ends the engine: the running change ends first, those that wait are refused, the devices of
  /// the volumes are closed. The device below stays open.
  void close(Completion done);
}
