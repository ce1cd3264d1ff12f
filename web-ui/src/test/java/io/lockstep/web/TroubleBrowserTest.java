package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.web.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.support.ui.WebDriverWait;

/// What a person sees who is woken up: overview and volume page of real nodes in each state of
/// [State], on a phone and on a desktop, in the light and in the dark. Pictures of all of them are
/// in target/screenshots/states, for people. What a machine can judge is judged here: everything
/// fits, and what is wrong and the way on are on the first screen.
@Tag("browser")
final class TroubleBrowserTest {
  private static final Path FOLDER = Path.of("target/screenshots/states");
  private static final List<String> THEMES = List.of("light", "dark");
  private static final List<Screen> SCREENS =
      List.of(new Screen("desktop", 1280, 800), new Screen("phone", 390, 844));

  @TempDir Path directory;

  private final Map<View, Seen> consoles = new EnumMap<>(View.class);
  private final List<String> complaints = new ArrayList<>();
  private PairInTrouble pair;
  private ChromeDriver browser;

  private record Screen(String name, int width, int height) {}

  /// A console and where it is.
  private record Seen(Console console, String url) {}

  /// Whose control sockets a console has.
  private enum View {
    BOTH("127.0.0.1"),
    OF_A("127.0.0.2"),
    OF_B("127.0.0.3");

    private final String host;

    View(String host) {
      this.host = host;
    }

    List<Integer> nodes() {
      return switch (this) {
        case BOTH -> List.of(PairInTrouble.A, PairInTrouble.B);
        case OF_A -> List.of(PairInTrouble.A);
        case OF_B -> List.of(PairInTrouble.B);
      };
    }
  }

  /// A state of the pair as one console sees it.
  private enum State {
    RESYNC(View.BOTH, "The copy on node b is not complete.", "Keep both nodes running"),
    HEALTHY(View.BOTH, "All is well", ""),
    FROZEN_DAEMON(View.BOTH, "Node a does not answer", "Look at its process"),
    DEAD_PRIMARY(View.BOTH, "node a, whose daemon does not run", "Start node a"),
    CUT_SEEN_FROM_A(View.OF_A, "Node a serves alone", "mend the link"),
    CUT_SEEN_FROM_B(View.OF_B, "Node b cannot see node a", "would split the data"),
    SPLIT_BRAIN(View.BOTH, "Split brain: both nodes have changes", "Choose the node");

    private final View view;

    /// What is wrong, in words that a message has.
    private final String headline;

    /// The way on, in words that a message has; empty where nothing needs a hand.
    private final String action;

    State(View view, String headline, String action) {
      this.view = view;
      this.headline = headline;
      this.action = action;
    }

    String file() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @BeforeEach
  void open() throws Exception {
    Files.createDirectories(FOLDER);
    pair = new PairInTrouble(directory);
    browser = Chromium.open(directory.resolve("chromium"), true);
    browser.executeCdpCommand("Emulation.setScrollbarsHidden", Map.of("hidden", true));
    for (View view : View.values()) {
      openConsole(view);
    }
  }

  @AfterEach
  void close() throws IOException {
    browser.quit();
    consoles.values().forEach(one -> one.console.close());
    pair.close();
  }

  @Test
  void whoIsWokenUpSeesWhatIsWrongAndTheWayOn() throws Exception {
    pair.resyncs();
    look(State.RESYNC);
    pair.isHealthy();
    look(State.HEALTHY);
    pair.freezesItsPrimary();
    look(State.FROZEN_DAEMON);
    pair.losesItsPrimary();
    look(State.DEAD_PRIMARY);
    pair.isCut();
    look(State.CUT_SEEN_FROM_A);
    look(State.CUT_SEEN_FROM_B);
    pair.splits();
    look(State.SPLIT_BRAIN);
    assertThat(complaints).isEmpty();
  }

  /// Each has an address of its own: a browser keeps sign-ins by that.
  private void openConsole(View view) throws Exception {
    Path database = directory.resolve("console-" + view);
    Path password = directory.resolve("password-" + view);
    Store store = Store.open(database);
    FirstUser.create(store, password, Clock.systemUTC());
    List<Path> sockets = view.nodes().stream().map(pair::socket).toList();
    var config = new ConsoleConfig(view.host, 0, database, sockets, password, Optional.empty());
    Console console = Console.start(config, store, Clock.systemUTC());
    var seen = new Seen(console, "http://" + view.host + ":" + console.port());
    consoles.put(view, seen);
    browser.get(seen.url);
    Chromium.signIn(browser, Files.readString(password).strip());
    Chromium.see(browser, By.linkText("Volumes"));
  }

  private void look(State state) throws IOException {
    String url = Objects.requireNonNull(consoles.get(state.view)).url;
    look(state, "overview", url + "/");
    look(state, "volume", url + "/volumes/vm1");
  }

  private void look(State state, String page, String address) throws IOException {
    browser.get(address);
    for (Screen screen : SCREENS) {
      browser.executeCdpCommand(
          "Emulation.setDeviceMetricsOverride",
          Map.of(
              "width",
              screen.width,
              "height",
              screen.height,
              "deviceScaleFactor",
              1,
              "mobile",
              false));
      String name = String.join("-", page, state.file(), screen.name);
      new WebDriverWait(browser, Chromium.DEADLINE)
          .ignoring(StaleElementReferenceException.class)
          .withMessage(() -> name + ": " + browser.findElement(By.tagName("main")).getText())
          .until(_ -> isSeen(name, state, screen));
    }
  }

  /// Looks at an open page. On a slow machine a node may be silent for a while, and the state
  /// another one: then once more.
  private boolean isSeen(String name, State state, Screen screen) {
    if (message(state).isEmpty()) {
      return false;
    }
    List<String> found = complaints(name, state, screen);
    for (String theme : THEMES) {
      picture(name + "-" + theme, theme);
    }
    if (message(state).isEmpty()) {
      return false;
    }
    complaints.addAll(found);
    return true;
  }

  private List<String> complaints(String name, State state, Screen screen) {
    List<String> found = new ArrayList<>();
    Object unfit = Objects.requireNonNull(browser.executeScript(text("/fits.js")));
    for (Object one : (List<?>) unfit) {
      found.add(name + ": " + one);
    }
    message(state)
        .map(one -> one.getRect().getY() + one.getRect().getHeight())
        .filter(end -> end > screen.height)
        .ifPresent(
            end ->
                found.add("%s: what to do ends at %d of %d".formatted(name, end, screen.height)));
    return found;
  }

  /// What says what is wrong, and the way on.
  private Optional<WebElement> message(State state) {
    return browser.findElements(By.cssSelector("#live .message")).stream()
        .filter(one -> one.getText().contains(state.headline))
        .filter(one -> one.getText().contains(state.action))
        .findFirst();
  }

  /// The whole page, below the screen too.
  private void picture(String name, String theme) {
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(
                Map.of("name", "prefers-color-scheme", "value", theme),
                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    Map<String, Object> taken =
        browser.executeCdpCommand(
            "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
    byte[] png = Base64.getDecoder().decode(String.valueOf(taken.get("data")));
    try {
      Files.write(FOLDER.resolve(name + ".png"), png);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(String resource) {
    try (InputStream in = TroubleBrowserTest.class.getResourceAsStream(resource)) {
      return new String(Objects.requireNonNull(in, resource).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
