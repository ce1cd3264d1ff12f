package io.lockstep.cli;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.stream.Stream;

/// Writes the demo's configuration files. They are written anew at each start, from the settings.
final class DemoFiles {
  private static final String LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
  private static final int PASSWORD_LENGTH = 16;

  private final DemoLayout layout;
  private final DemoSettings settings;

  DemoFiles(DemoLayout layout, DemoSettings settings) {
    this.layout = layout;
    this.settings = settings;
  }

  void write() throws IOException {
    for (int nodeId = 0; nodeId < DemoLayout.NODES.size(); nodeId++) {
      ownersOnly(layout.node(DemoLayout.NODES.get(nodeId)));
      String node = DemoLayout.NODES.get(nodeId);
      String extra =
          Files.exists(layout.extraConfig(node)) ? Files.readString(layout.extraConfig(node)) : "";
      Files.writeString(layout.config(node), nodeConfig(nodeId) + extra);
    }
    ownersOnly(layout.console());
    Files.writeString(layout.consoleConfig(), consoleConfig());
    if (!Files.exists(layout.password()) && !layout.hasUsers()) {
      Files.createFile(
          layout.password(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(layout.password(), newPassword() + "\n");
    }
  }

  /// A folder that nobody else may look into, with what an older release has left open in it.
  private static void ownersOnly(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(one -> Files.isRegularFile(one, NOFOLLOW_LINKS)).toList()) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      }
    }
  }

  private String nodeConfig(int nodeId) {
    String name = DemoLayout.NODES.get(nodeId);
    int otherId = 1 - nodeId;
    return """
    # Written by `lockstep demo` at each start; docs/configuration.md explains every line.
    node:
      name: %s
      id: %d
    mirrors:
    %sportals:
      - listen: 127.0.0.1:%d
    peer:
      name: %s
      addresses: [127.0.0.1]
      port: %d
      portals: [127.0.0.1:%d]
    control:
      socket: %s
    log:
      file: %s
    console:
      url: %s
    """
        .formatted(
            name,
            nodeId,
            mirrors(name),
            settings.portalPort(nodeId),
            DemoLayout.NODES.get(otherId),
            settings.controlPort(),
            settings.portalPort(otherId),
            quoted(layout.controlSocket(name)),
            quoted(layout.nodeLog(name)),
            settings.consoleUrl());
  }

  private String mirrors(String node) {
    StringBuilder text = new StringBuilder();
    for (int mirror = 0; mirror < settings.mirrorCount(); mirror++) {
      text.append(
          """
            - name: %s
              port: %d
              disks:
                - path: %s
          """
              .formatted(
                  DemoSettings.MIRRORS.get(mirror),
                  settings.peerPort(mirror),
                  quoted(layout.disk(node, mirror))));
    }
    return text.toString();
  }

  private String consoleConfig() {
    return """
    # Written by `lockstep demo` at each start; docs/configuration.md explains every line.
    listen.host         = 127.0.0.1
    listen.port         = %d
    database.path       = %s
    control.sockets     = %s, %s
    first.password.file = %s
    log.file            = %s
    """
        .formatted(
            settings.consolePort(),
            absolute(layout.database()),
            absolute(layout.controlSocket(DemoLayout.NODES.get(0))),
            absolute(layout.controlSocket(DemoLayout.NODES.get(1))),
            absolute(layout.password()),
            absolute(layout.consoleLog()));
  }

  /// A path as YAML takes any: in single quotation marks, with those in it doubled.
  private static String quoted(Path path) {
    return "'" + absolute(path).toString().replace("'", "''") + "'";
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static String newPassword() {
    SecureRandom dice = new SecureRandom();
    StringBuilder password = new StringBuilder();
    while (password.length() < PASSWORD_LENGTH) {
      password.append(LETTERS.charAt(dice.nextInt(LETTERS.length())));
    }
    return password.toString();
  }
}
