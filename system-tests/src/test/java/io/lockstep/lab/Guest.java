package io.lockstep.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A Linux machine with a kernel of its own, one processor and one network card: a User-Mode Linux
/// process, the first in a PID namespace of its own. Its root is the host's, read-only under a
/// layer of memory, so every program that is installed here can be run there; its *disk* is a
/// folder that both see and that outlives its power.
///
/// It ends when this process does, however that ends: its parent `unshare` is told by the kernel
/// (`--pdeathsig`; so a guest is started by a thread that lives as long as it), and with the first
/// process of a PID namespace end all others, which is also how its power is cut.
///
/// Used by one thread at a time.
public final class Guest {
  private static final Duration READY_MAX = Duration.ofSeconds(60);
  private static final Duration END_MAX = Duration.ofSeconds(10);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(5);
  private static final int COMMAND_PORT = 2323;
  private static final String STATUS = "\nLAB-STATUS ";

  /// How an answer ends. The connection may live on, as long as something that the script has left
  /// running.
  private static final Pattern ANSWERED = Pattern.compile(STATUS + "\\d+\n\\z");

  /// Where a guest is plugged in and what it is made of.
  ///
  /// @param number from 1 to [LabNetwork#GUESTS_MAX]; decides its name and address
  /// @param files the folder with `guest-init` and `guest-command`, executable
  /// @param disk what the guest finds again after its power was off
  /// @param console what its kernel and its first process print is added to this file
  record Plan(LabNetwork network, int number, Path files, Path disk, Path console) {
    String name() {
      return "guest" + number;
    }

    String tap() {
      return "tap" + number;
    }
  }

  private static final int MEMORY_MIB = 384;

  private final Plan plan;
  private final List<ProcessHandle> processes = new ArrayList<>();

  /// Where User-Mode Linux keeps its sockets, whose paths must be short.
  private final List<Path> umlFolders = new ArrayList<>();

  Guest(Plan plan) {
    this.plan = plan;
  }

  public String address() {
    return LabNetwork.address(plan.number());
  }

  public String name() {
    return plan.name();
  }

  /// The folder that outlives the guest's power; it has the same path in the guest.
  public Path disk() {
    return plan.disk();
  }

  // --- power ---

  /// Switches it on, and waits until it takes commands: its `boot` has ended by then.
  public void start() throws IOException {
    Path umlFolder = Files.createTempDirectory("lab");
    umlFolders.add(umlFolder);
    Process process =
        new ProcessBuilder(command(umlFolder))
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(plan.console().toFile()))
            .start();
    processes.add(process.toHandle());
    Tool.await(
        () -> name() + " to take commands; its console ends\n" + consoleTail(),
        READY_MAX,
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError(name() + " has ended; its console ends\n" + consoleTail());
          }
          return answers();
        });
  }

  private List<String> command(Path umlFolder) {
    List<String> words = new ArrayList<>(plan.network().inside("setpriv", "--pdeathsig", "KILL"));
    words.addAll(List.of("unshare", "--pid", "--mount-proc", "--kill-child=KILL", "--fork"));
    words.addAll(
        List.of(
            javaOfThisProcess().toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classes().toString(),
            WithoutXstate.class.getName()));
    words.addAll(
        List.of(
            "linux.uml",
            "umid=" + name(),
            "uml_dir=" + umlFolder + "/",
            "mem=" + MEMORY_MIB + "M",
            "rootfstype=hostfs",
            "rootflags=/",
            "ro",
            "init=" + plan.files().resolve("guest-init"),
            "con=null",
            "con0=null,fd:1",
            "vec0:transport=tap,ifname=%s,depth=128,gro=1,mac=52:54:00:77:00:%02x"
                .formatted(plan.tap(), plan.number()),
            "LAB_FILES=" + plan.files(),
            "LAB_DISK=" + plan.disk(),
            "LAB_NAME=" + name(),
            "LAB_ADDRESS=" + LabNetwork.withPrefix(address()),
            "LAB_PORT=" + COMMAND_PORT));
    return words;
  }

  /// The words that run a program of this project's test classes in a guest; it may use the JDK,
  /// and nothing else.
  public static String java(Class<?> program) {
    return "%s -XX:UseAVX=0 -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx96m -cp %s %s"
        .formatted(javaOfThisProcess(), classes(), program.getName());
  }

  private static Path javaOfThisProcess() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  private static Path classes() {
    try {
      return Path.of(Guest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /// Cuts its power: all of it ends at once, nothing is written any more.
  public void cutPower() {
    List<ProcessHandle> all =
        processes.stream()
            .flatMap(one -> Stream.concat(Stream.of(one), one.descendants()))
            .toList();
    all.forEach(ProcessHandle::destroyForcibly);
    Tool.await(
        "the end of " + name(), END_MAX, () -> all.stream().noneMatch(ProcessHandle::isAlive));
    processes.clear();
    try {
      for (Path folder : umlFolders) {
        KernelLab.remove(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    umlFolders.clear();
  }

  /// Whether it takes commands: asked of the guest, since a process may be there and hang.
  public boolean answers() {
    return !processes.isEmpty() && attempt(ANSWER_MAX, "true").status() == 0;
  }

  // --- commands ---

  /// Runs a script of bash in the guest; it must succeed.
  ///
  /// @return what it said, on both outputs
  public String run(Duration deadline, String script) {
    Tool.Result result = attempt(deadline, script);
    if (result.status() != 0) {
      throw new AssertionError(
          "in %s, `%s` ended with %d: %s"
              .formatted(name(), script.strip(), result.status(), result.all()));
    }
    return result.out();
  }

  /// Runs a script of bash in the guest, which may fail. What the script leaves running must have
  /// its outputs elsewhere.
  ///
  /// @return status 255 if the guest did not answer within the deadline
  public Tool.Result attempt(Duration deadline, String script) {
    String socat = "TCP:%s:%d,connect-timeout=1".formatted(address(), COMMAND_PORT);
    String patience = "-t" + deadline.toSeconds();
    List<String> words =
        List.of("timeout", "--signal=KILL", seconds(deadline), "socat", patience, "-", socat);
    String said = Tool.talk(plan.network().inside(words.toArray(String[]::new)), script, ANSWERED);
    int end = said.lastIndexOf(STATUS);
    if (end < 0) {
      return new Tool.Result(255, said, "(no answer within " + deadline + ")");
    }
    int status = Integer.parseInt(said.substring(end + STATUS.length()).strip());
    return new Tool.Result(status, said.substring(0, end), "");
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.3f", time.toMillis() / 1000.0);
  }

  // --- what is left of it ---

  /// The end of its console, for messages.
  String consoleTail() {
    try {
      String text = Files.readString(plan.console());
      return text.substring(Math.max(0, text.length() - 2000));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
