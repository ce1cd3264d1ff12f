package io.lockstep.daemon;

import java.nio.file.Path;

/// The configuration file of one of two nodes, a or b, as docs/configuration.md describes it: what
/// tests of all modules write in an administrator's place. Portals are on loopback unless set.
public final class ConfigText {
  /// The portal of a node that nobody asks for.
  public static final String ANY_PORTAL = "127.0.0.1:0";

  private final int nodeId;
  private final Path socket;
  private final StringBuilder mirrors = new StringBuilder();
  private String portal = ANY_PORTAL;
  private String peerPortal = "127.0.0.1:1";
  private String peerAddresses = "127.0.0.1";
  private int peerPort;

  /// @param socket where the node's daemon is reached
  public ConfigText(int nodeId, Path socket) {
    this.nodeId = nodeId;
    this.socket = socket;
  }

  /// The name of a node.
  public static String name(int nodeId) {
    return nodeId == 0 ? "a" : "b";
  }

  /// One more mirror.
  public ConfigText mirror(String name, int port, Path disk) {
    mirrors.append(
        """
          - name: %s
            port: %d
            disks:
              - path: %s
        """
            .formatted(name, port, quoted(disk)));
    return this;
  }

  /// Where this node's portal listens, and the other's: host and port.
  public ConfigText portals(String own, String other) {
    portal = own;
    peerPortal = other;
    return this;
  }

  /// Where node 0 listens for the control connection; without it, at a port of the system's choice.
  public ConfigText peerPort(int port) {
    peerPort = port;
    return this;
  }

  /// The addresses of node 0 for the other node.
  public ConfigText peerAddresses(String... addresses) {
    peerAddresses = String.join(", ", addresses);
    return this;
  }

  /// The whole text; further sections may be added to it.
  public String text() {
    return """
    node:
      name: %s
      id: %d
    mirrors:
    %sportals:
      - listen: %s
    peer:
      name: %s
      addresses: [%s]
      port: %d
      portals: ["%s"]
    control:
      socket: %s
    """
        .formatted(
            name(nodeId),
            nodeId,
            mirrors,
            portal,
            name(1 - nodeId),
            peerAddresses,
            peerPort,
            peerPortal,
            quoted(socket));
  }

  /// A path as YAML takes any.
  private static String quoted(Path path) {
    return "'" + path.toString().replace("'", "''") + "'";
  }
}
