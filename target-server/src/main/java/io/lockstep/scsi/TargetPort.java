package io.lockstep.scsi;

/// The port of the target device that a logical unit is seen through on this node. Both nodes are
/// ports of one logical unit, each in its own target port group (SPC-4 5.15, ALUA).
///
/// @param targetName iSCSI name of the target node
/// @param group target port group, 1 on node 0, 2 on node 1; also the portal group tag
/// @param relativePort relative target port identifier; the same number
public record TargetPort(String targetName, int group, int relativePort) {
  /// The port of node 0 or 1.
  public static TargetPort ofNode(String targetName, int nodeId) {
    return new TargetPort(targetName, nodeId + 1, nodeId + 1);
  }

  /// Name of the target port (RFC 7143 4.4.2).
  public String portName() {
    return targetName + ",t,0x" + String.format(java.util.Locale.ROOT, "%04x", group);
  }
}
