package io.lockstep.cli;

import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Where the demo keeps what, below its directory.
///
/// ```
///   demo.properties      size and ports, chosen at the first start
///   laying-out           there while the disks are made: what a start that broke off has left
///   demo.pid             the process that `lockstep demo` is
///   demo.log             what it prints with --detach
///   ready                the same lines, once both nodes and the console answer
///   a/, b/               a node each: disk.img (with a second mirror disk2.img), lockstepd.yaml,
///                        control.sock, lockstepd.log;
///                        extra.yaml, if there is one, is added to the written lockstepd.yaml
///   console/             console.conf, console.log, password, the console's database
/// ```
record DemoLayout(Path directory) {
  /// The names of the nodes, by node id.
  static final List<String> NODES = List.of("a", "b");

  Path settings() {
    return directory.resolve("demo.properties");
  }

  Path layingOut() {
    return directory.resolve("laying-out");
  }

  Path pid() {
    return directory.resolve("demo.pid");
  }

  Path ready() {
    return directory.resolve("ready");
  }

  /// The demo that runs in this directory.
  Optional<ProcessHandle> running() {
    try {
      String text = Files.readString(pid()).strip();
      // A process that took over the number of a dead demo is not a Java.
      return ProcessHandle.of(Long.parseLong(text))
          .filter(ProcessHandle::isAlive)
          .filter(process -> process.info().command().orElse("").endsWith("java"));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  Path log() {
    return directory.resolve("demo.log");
  }

  Path node(String name) {
    return directory.resolve(name);
  }

  /// A node's disk of a mirror.
  ///
  /// @param mirror 0 or 1
  Path disk(String name, int mirror) {
    return node(name).resolve(mirror == 0 ? "disk.img" : "disk" + (mirror + 1) + ".img");
  }

  Path config(String name) {
    return node(name).resolve("lockstepd.yaml");
  }

  /// Lines that a person or a test wants at the end of the written configuration.
  Path extraConfig(String name) {
    return node(name).resolve("extra.yaml");
  }

  Path controlSocket(String name) {
    return node(name).resolve("control.sock");
  }

  /// A node, asked as the demo.
  ControlClient client(String name) {
    return new ControlClient(controlSocket(name), "demo", "CLI");
  }

  /// The number of the process that answers at the node's control socket.
  Optional<Long> processOf(String name) {
    try {
      return client(name).status().node(name).map(NodeStatus::pid);
    } catch (ControlException e) {
      return Optional.empty();
    }
  }

  Path nodeLog(String name) {
    return node(name).resolve("lockstepd.log");
  }

  Path console() {
    return directory.resolve("console");
  }

  Path consoleConfig() {
    return console().resolve("console.conf");
  }

  Path consoleLog() {
    return console().resolve("console.log");
  }

  /// The console's database, without H2's ending.
  Path database() {
    return console().resolve("console");
  }

  /// Whether the console has users already.
  boolean hasUsers() {
    return Files.exists(console().resolve("console.mv.db"));
  }

  /// The first password, until somebody has signed in with it.
  Path password() {
    return console().resolve("password");
  }
}
