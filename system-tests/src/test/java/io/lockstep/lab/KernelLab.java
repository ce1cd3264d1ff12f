package io.lockstep.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The lab of one test class, as a static `@RegisterExtension`: a network, and guests that are
/// started when a test first asks for them and are used again by the next one. All of it ends with
/// the class. Where the machine cannot run guests, the class is skipped and says what is missing.
///
/// Consoles and the guests' disks lie in `target/lab/CLASS/`. They are removed after the class,
/// unless a test failed: then they stay, with what each guest said of itself at that moment
/// (`GUEST.log`).
public final class KernelLab
    implements ExecutionCondition, BeforeAllCallback, AfterTestExecutionCallback, AfterAllCallback {
  private static final Path LABS = Path.of("target", "lab").toAbsolutePath();
  private static final List<String> PROGRAMS = List.of("guest-init", "guest-command");
  private static final Duration LAST_WORDS_MAX = Duration.ofSeconds(10);
  private static final String LAST_WORDS =
      """
      dmesg | tail -n 200
      for log in /run/*.log; do echo "--- $log"; tail -n 100 "$log"; done
      echo '--- processes'; ps ax
      """;

  private final int[] hostNumbers;
  private final List<Guest> guests = new ArrayList<>();
  private @Nullable LabNetwork network;
  private Path folder = LABS;
  private boolean failed;

  /// @param hostNumbers last parts of the addresses that processes of the host shall have in it,
  ///     above [LabNetwork#GUESTS_MAX]
  public KernelLab(int... hostNumbers) {
    this.hostNumbers = hostNumbers.clone();
  }

  public LabNetwork network() {
    return Objects.requireNonNull(network, "before the class");
  }

  /// A condition, not an assumption: of a class that is skipped as a whole by a condition, the
  /// reports name each test with the reason.
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<String> missing = LabNeeds.missing();
    return missing.isEmpty()
        ? ConditionEvaluationResult.enabled("this machine runs guests")
        : ConditionEvaluationResult.disabled("the kernel lab needs " + String.join(", ", missing));
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    folder = LABS.resolve(context.getRequiredTestClass().getSimpleName());
    remove(folder);
    Files.createDirectories(folder);
    for (String name : PROGRAMS) {
      copyResource(name, folder, true);
    }
    network = new LabNetwork(hostNumbers);
  }

  /// The guests that the tests of this class have asked for so far, in order.
  public List<Guest> guests() {
    return List.copyOf(guests);
  }

  /// A guest that is not switched on yet, with an empty disk.
  public Guest newGuest() throws IOException {
    int number = guests.size() + 1;
    if (number > LabNetwork.GUESTS_MAX) {
      throw new IllegalStateException("the network has room for so many guests: " + (number - 1));
    }
    Path disk = Files.createDirectories(folder.resolve("guest" + number));
    Path console = folder.resolve("guest" + number + ".console");
    Guest.Plan plan = new Guest.Plan(network(), number, folder, disk, console);
    network().plugIn(plan.tap());
    Guest guest = new Guest(plan);
    guests.add(guest);
    return guest;
  }

  /// Copies a file of the test resources, `lab/NAME`, to a folder such as a guest's disk.
  public static void copyResource(String name, Path folder, boolean executable) {
    try (InputStream resource = KernelLab.class.getResourceAsStream("/lab/" + name)) {
      Path copy = folder.resolve(name);
      Files.copy(Objects.requireNonNull(resource, name), copy, StandardCopyOption.REPLACE_EXISTING);
      if (executable && !copy.toFile().setExecutable(true)) {
        throw new AssertionError(copy + " cannot be made executable");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // --- the end ---

  @Override
  public void afterTestExecution(ExtensionContext context) throws IOException {
    Optional<Throwable> failure = context.getExecutionException();
    if (failure.isPresent()) {
      failed = true;
      for (Guest guest : guests) {
        String words = guest.attempt(LAST_WORDS_MAX, LAST_WORDS).all();
        Files.writeString(folder.resolve(guest.name() + ".log"), words);
      }
      System.out.println("Consoles and last words of the guests are kept in " + folder);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    try {
      guests.forEach(Guest::cutPower);
    } finally {
      if (network != null) {
        network.close();
      }
    }
    if (!failed && network != null) {
      remove(folder);
    }
  }

  /// Removes a folder, if it is there, with all that is in it.
  public static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
