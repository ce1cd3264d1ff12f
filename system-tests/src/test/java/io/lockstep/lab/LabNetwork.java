package io.lockstep.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// A network namespace with one bridge, to which each guest's tap belongs. Processes of the host
/// that are started through [#inside] have their addresses on the bridge and cannot be seen, or
/// disturbed, from anywhere else on this machine.
///
/// The namespace has no name: it lives as long as a process in it. The first is a `cat` at the end
/// of a pipe of ours, which ends when we end, however that happens.
public final class LabNetwork implements AutoCloseable {
  private static final String PREFIX = "10.77.0.";
  private static final int PREFIX_BITS = 24;

  /// Guests have the addresses from 1 up to this, the host's own processes those above.
  static final int GUESTS_MAX = 9;

  private static final String BRIDGE = "bridge";
  private static final Duration START_MAX = Duration.ofSeconds(10);

  private final Process anchor;

  /// @param hostNumbers last parts of the addresses that the host's processes shall have
  LabNetwork(int... hostNumbers) throws IOException {
    this.anchor = new ProcessBuilder("unshare", "--net", "cat").start();
    Tool.await("a network namespace", START_MAX, this::isApart);
    ip("link", "set", "lo", "up");
    ip("link", "add", BRIDGE, "type", "bridge");
    for (int number : hostNumbers) {
      ip("address", "add", withPrefix(address(number)), "dev", BRIDGE);
    }
    ip("link", "set", BRIDGE, "up");
  }

  /// The address of a guest, or of the host's processes.
  public static String address(int number) {
    return PREFIX + number;
  }

  static String withPrefix(String address) {
    return address + "/" + PREFIX_BITS;
  }

  /// The words of a command that starts the given one in this network, as the same process.
  public List<String> inside(String... command) {
    return Stream.concat(inside().stream(), Stream.of(command)).toList();
  }

  /// The words before a command that is to run in this network.
  public List<String> inside() {
    return List.of("nsenter", "--net=/proc/" + anchor.pid() + "/ns/net", "--");
  }

  /// A new tap on the bridge.
  void plugIn(String tap) {
    ip("tuntap", "add", "dev", tap, "mode", "tap");
    ip("link", "set", tap, "master", BRIDGE, "up");
  }

  private void ip(String... words) {
    List<String> command = new ArrayList<>(inside("ip"));
    command.addAll(List.of(words));
    Tool.run(command.toArray());
  }

  /// Whether the process of the namespace has left ours, which is some time after its start.
  private boolean isApart() {
    return !namespace(anchor.pid()).equals(namespace(ProcessHandle.current().pid()));
  }

  private static String namespace(long pid) {
    Tool.Result link = Tool.attempt(START_MAX, "readlink", "/proc/" + pid + "/ns/net");
    if (link.status() != 0) {
      throw new AssertionError("the process of the network namespace has ended: " + link.all());
    }
    return link.out();
  }

  /// The namespace goes with the last process that is in it.
  @Override
  public void close() {
    anchor.destroyForcibly();
  }
}
