package io.lockstep.control.api;

import java.util.List;

/// How to use a volume from a host: the answer of `GET /v1/connect/{volume}`.
///
/// @param volume the volume's name
/// @param iqn its target name
/// @param lun its number
/// @param portals both portals, in the order of the export's; open-iscsi gets both, QEMU and
/// libvirt     the first
/// @param recipes one for each kind of initiator
public record ConnectInfo(
    String volume, String iqn, int lun, List<String> portals, List<Recipe> recipes) {
  /// Text to copy and run.
  ///
  /// @param title `open-iscsi`, `QEMU`, `libvirt`, `multipath-tools` or `iscsid`
  /// @param note when to use it, and what it costs
  /// @param text the commands or the XML, lines separated by newlines
  public record Recipe(String title, String note, String text) {}
}
