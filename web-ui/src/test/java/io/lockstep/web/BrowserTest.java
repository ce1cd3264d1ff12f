package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.client.ControlClient;
import io.lockstep.daemon.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.support.ui.WebDriverWait;

/// A person with a browser: headless Chromium against a running demo. Pictures of what it saw are
/// in target/screenshots.
@Tag("browser")
class BrowserTest {
  private static String password = "";

  private static final int PORTS = 6;

  @TempDir static Path directory;

  /// The tests of this module run in its folder, one below the wrapper.
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static int basePort;
  private static @Nullable ChromeDriver driver;

  @BeforeAll
  static void start() throws Exception {
    basePort = FreePorts.first(PORTS);
    lockstep("demo", "--size", "512M", "--base-port", "" + basePort, "--detach");
    driver = open("chromium", true);
  }

  private static ChromeDriver open(String profile, boolean scripts) {
    return Chromium.open(directory.resolve(profile), scripts);
  }

  @AfterAll
  static void end() throws Exception {
    ChromeDriver started = driver;
    if (started != null) {
      started.quit();
    }
    lockstep("demo", "stop");
  }

  @Test
  void anAdministratorSignsInMakesAVolumeAndSeesItLive() throws Exception {
    ChromeDriver browser = browser();
    String url = "http://127.0.0.1:" + (basePort + 2);
    browser.get(url);
    picture("1-sign-in");
    signIn(browser);
    assertThat(text("main")).contains("Primary", "Secondary", "UpToDate");
    see(By.cssSelector("#events .when"));
    picture("2-overview");
    seesWhatHasHappened(browser);

    browser.get(url + "/volumes");
    browser.findElement(By.name("name")).sendKeys("vm1");
    browser.findElement(By.name("size")).sendKeys("64M");
    browser.findElement(By.xpath("//button[text()='Create']")).click();
    see(By.linkText("vm1"));
    assertThat(text("main")).contains("64 MiB", "not exported", "The volume was created.");

    // What somebody else does appears by itself.
    lockstep("volume", "create", "vm2", "--size", "32M");
    see(By.linkText("vm2"));
    picture("3-volumes");

    follow(browser, "vm1");
    see(By.xpath("//button[text()='Export']")).click();
    see(By.xpath("//button[text()='End the export']"));
    assertThat(text("main")).contains("iqn.2026-11.io.lockstep:");
    browser.findElement(By.cssSelector("details summary")).click();
    picture("4-volume");
    exportBesideAnother(browser, url);
    browser.get(url + "/volumes/vm1");

    browser.findElement(By.name("size")).sendKeys("4M");
    browser.findElement(By.xpath("//button[text()='Resize']")).click();
    see(By.cssSelector(".message.problem"));
    assertThat(text(".message.problem")).contains("What to do");
    picture("5-refused");

    browser.get(url);
    follow(browser, "Promote");
    see(By.xpath("//button[text()='Make node b the Primary']"));
    assertThat(text("main")).contains("Node b will serve all volumes");
    picture("6-confirm");
    browser.get(url + "/audit");
    assertThat(text("table"))
        .contains("volume create vm1", "export create main/vm1", "console 127.0.0.1", "sign in");
    picture("7-audit");

    browser.get(url);
    lockstep("node", "stop", "b");
    see(By.cssSelector("article.node.bad"));
    assertThat(text("main")).contains("Node a serves alone", "What to do");
    picture("8-one-node");
    browser.manage().window().setSize(new Dimension(420, 900));
    picture("9-narrow");
    browser.manage().window().setSize(new Dimension(1280, 900));
    lockstep("node", "start", "b");
    see(By.xpath("//article[2]//span[text()='Connected']"));
  }

  /// By way of the search, which a link of the page ends.
  private void seesWhatHasHappened(ChromeDriver browser) throws IOException {
    follow(browser, "All that is known");
    see(By.name("q")).sendKeys("-> primary" + Keys.ENTER);
    see(By.xpath("//nav[@class='pages']//a[text()='All of them']"));
    assertThat(text("table")).contains("role Secondary -> Primary").doesNotContain("UpToDate");
    picture("2-events");
    follow(browser, "All of them");
    see(By.xpath("//table//span[contains(text(),'UpToDate')]"));
  }

  /// vm2 in the target of vm1.
  private void exportBesideAnother(ChromeDriver browser, String url) throws IOException {
    browser.get(url + "/volumes/vm2");
    see(By.cssSelector("details summary")).click();
    browser.findElement(By.name("target")).sendKeys("vm1");
    browser.findElement(By.name("lun")).sendKeys("7");
    picture("4-target-and-lun");
    browser.findElement(By.xpath("//button[text()='Export']")).click();
    see(By.xpath("//button[text()='End the export']"));
    assertThat(text("dl.facts")).contains(".vm1", "7");
  }

  @Test
  void everythingWorksWithoutScripts() throws Exception {
    ChromeDriver browser = open("without-scripts", false);
    try {
      String url = "http://127.0.0.1:" + (basePort + 2);
      browser.get("data:text/html,<p>off</p><script>document.write('on')</script>");
      assertThat(browser.findElement(By.tagName("body")).getText()).isEqualTo("off");
      browser.get(url);
      signIn(browser);
      browser.get(url + "/volumes");
      browser.findElement(By.name("name")).sendKeys("plain");
      browser.findElement(By.name("size")).sendKeys("8M");
      browser.findElement(By.xpath("//button[text()='Create']")).click();
      Chromium.see(browser, By.linkText("plain")).click();
      Chromium.see(browser, By.name("size")).sendKeys("+4M");
      browser.findElement(By.xpath("//button[text()='Resize']")).click();
      Chromium.see(browser, By.xpath("//h1/small[text()='12 MiB']"));
      browser.findElement(By.name("confirm")).sendKeys("plain");
      browser.findElement(By.cssSelector("button.danger")).click();
      Chromium.see(browser, By.xpath("//*[text()='The volume was deleted.']"));
      assertThat(browser.findElements(By.linkText("plain"))).isEmpty();
      shutDownAndStartAgain(browser, url);
    } finally {
      browser.quit();
    }
  }

  /// The next start finds the pair in sync, with the same Primary.
  private static void shutDownAndStartAgain(ChromeDriver browser, String url) throws Exception {
    browser.get(url);
    browser.findElement(By.linkText("Shut the pair down")).click();
    Chromium.see(browser, By.xpath("//button[text()='Shut the pair down']"));
    Chromium.picture(browser, "10-shut-down");
    browser.findElement(By.linkText("Leave it as it is")).click();
    Chromium.see(browser, By.linkText("Shut the pair down")).click();
    List<ProcessHandle> nodes = List.of(process("a"), process("b"));
    Chromium.see(browser, By.xpath("//button[text()='Shut the pair down']")).click();
    Chromium.see(browser, By.xpath("//*[contains(text(),'Both nodes are ending, in sync.')]"));
    new WebDriverWait(browser, Chromium.DEADLINE)
        .until(
            _ -> {
              browser.get(url);
              return browser.getPageSource().contains("No node answers");
            });
    Chromium.picture(browser, "11-pair-is-down");
    for (ProcessHandle node : nodes) {
      node.onExit().get(Chromium.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }
    lockstep("node", "start", "a");
    lockstep("node", "start", "b");
    new WebDriverWait(browser, Chromium.DEADLINE)
        .until(
            _ -> {
              browser.get(url);
              return browser.findElements(By.xpath("//span[text()='Connected']")).size() == 2;
            });
    assertThat(browser.findElement(By.xpath("//article[1]")).getText())
        .contains("Primary", "UpToDate");
  }

  private static ProcessHandle process(String node) throws Exception {
    Path socket = directory.resolve("demo").resolve(node).resolve("control.sock");
    return new ControlClient(socket, "tester")
        .status()
        .node(node)
        .flatMap(one -> ProcessHandle.of(Objects.requireNonNull(one.pid())))
        .orElseThrow();
  }

  /// In one step of the page's own: the list is replaced whenever something changes, and a link
  /// that was found before that is none any more.
  private static void follow(JavascriptExecutor page, String link) {
    page.executeScript(
        "[...document.links].find(a => a.textContent.trim() === arguments[0]).click()", link);
  }

  private static void signIn(ChromeDriver browser) throws IOException {
    Chromium.signIn(browser, password());
    Chromium.see(browser, By.cssSelector(".pair article:nth-child(2)"));
  }

  private static WebElement see(By what) {
    return Chromium.see(browser(), what);
  }

  private static ChromeDriver browser() {
    return Objects.requireNonNull(driver);
  }

  private static String text(String selector) {
    return browser().findElement(By.cssSelector(selector)).getText();
  }

  private static void picture(String name) throws IOException {
    Chromium.picture(browser(), name);
  }

  /// Its file goes with the first use.
  private static String password() throws IOException {
    if (password.isEmpty()) {
      try (var files = Files.walk(directory.resolve("demo"))) {
        Path file = files.filter(path -> path.endsWith("password")).findFirst().orElseThrow();
        password = Files.readString(file).strip();
      }
    }
    return password;
  }

  private static void lockstep(String... words) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(ROOT.resolve("lockstep").toString());
    command.addAll(List.of(words));
    command.addAll(List.of("--dir", directory.resolve("demo").toString()));
    Path log = directory.resolve("lockstep.log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("%s ended", command).isTrue();
    assertThat(process.exitValue()).as("%s: %s", command, Files.readString(log)).isZero();
  }
}
