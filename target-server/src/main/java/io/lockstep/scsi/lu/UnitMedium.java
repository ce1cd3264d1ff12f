package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Check;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.UnitAttention;
import org.jspecify.annotations.Nullable;

/// The medium of a logical unit: the device, on the node that serves it, and what is known of it
/// anywhere. Sessions hear of each change. Belongs to the loop of its logical unit.
final class UnitMedium {
  private final MediumForm form;
  private final PortAccess access;
  private final Attentions attentions;

  /// It stays until nothing of it is under way any more; whether it is served, [PortAccess] knows.
  private @Nullable BlockDevice device;

  UnitMedium(MediumForm form, PortAccess access, Attentions attentions) {
    this.form = form;
    this.access = access;
    this.attentions = attentions;
  }

  /// Serves the medium from now on. Hosts are told that the path serves and to ask for the
  /// capacity again: what they know of it may be from before they could reach this port.
  void serve(BlockDevice newDevice, long shownBytes) {
    Check.that(device == null, "the logical unit is in standby");
    device = newDevice;
    form.served(newDevice.limits().withSizeBytes(shownBytes));
    access.serving(true);
    attentions.all(UnitAttention.CAPACITY_CHANGED);
  }

  /// This node is to serve, but there is nothing that it could.
  void serveNothing(long sizeBytes) {
    Check.that(device == null, "the logical unit is in standby");
    access.serving(true);
    told(sizeBytes);
  }

  /// Begins nothing on the medium any more.
  void stop() {
    access.serving(false);
  }

  /// Nothing of it is under way any more.
  void gone() {
    device = null;
  }

  /// The device has another size now.
  void resized() {
    BlockDevice now = device;
    if (now != null) {
      form.served(now.limits());
      attentions.all(UnitAttention.CAPACITY_CHANGED);
    }
  }

  /// How large it is, as the node says that serves it.
  void standbySize(long sizeBytes) {
    if (!access.isServing()) {
      told(sizeBytes);
    }
  }

  private void told(long sizeBytes) {
    if (form.told(sizeBytes)) {
      attentions.all(UnitAttention.CAPACITY_CHANGED);
    }
  }

  /// In standby: whether it would give back space, were it served here.
  void standbyDiscards(boolean now) {
    if (device == null) {
      form.discards(now);
    }
  }

  /// Whether commands on the medium are carried out.
  boolean isReady() {
    return device != null && access.isServing();
  }

  /// What a command on the medium is told while they are not.
  ScsiResult.CheckCondition notReady() {
    return access.isServing() ? ScsiResult.manualIntervention() : access.refusal();
  }

  boolean hasDevice() {
    return device != null;
  }

  /// The device of what is under way.
  BlockDevice device() {
    return Check.present(device, "the device of what is under way");
  }

  MediumForm form() {
    return form;
  }

  /// How it is reached, as far as this node knows.
  PortAccess access() {
    return access;
  }
}
