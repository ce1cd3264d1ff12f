package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

/// A person's browser, without a screen. Pictures of what it saw are in target/screenshots.
final class Chromium {
  static final Duration DEADLINE = Duration.ofSeconds(40);

  private static final Path PROGRAM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  private Chromium() {}

  /// @param profile a folder of its own
  /// @param scripts whether pages may run any
  static ChromeDriver open(Path profile, boolean scripts) {
    assertThat(PROGRAM).as("install the Debian package chromium").exists();
    assertThat(DRIVER).as("install the Debian package chromium-driver").exists();
    var options = new ChromeOptions();
    options.setBinary(PROGRAM.toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--user-data-dir=" + profile);
    if (!scripts) {
      options.setExperimentalOption(
          "prefs", Map.of("profile.managed_default_content_settings.javascript", 2));
    }
    var service = new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build();
    var opened = new ChromeDriver(service, options);
    opened.manage().window().setSize(new Dimension(1280, 900));
    return opened;
  }

  /// Signs in as `admin` on the page that asks for it.
  static void signIn(ChromeDriver browser, String password) {
    browser.findElement(By.name("user")).sendKeys("admin");
    browser.findElement(By.name("password")).sendKeys(password);
    browser.findElement(By.cssSelector("button[type=submit]")).click();
  }

  /// Waits until it is on the page.
  static WebElement see(ChromeDriver browser, By what) {
    return new WebDriverWait(browser, DEADLINE)
        .until(ExpectedConditions.presenceOfElementLocated(what));
  }

  static void picture(ChromeDriver browser, String name) throws IOException {
    Path folder = Files.createDirectories(Path.of("target/screenshots"));
    Path taken = browser.getScreenshotAs(OutputType.FILE).toPath();
    Files.move(taken, folder.resolve(name + ".png"), StandardCopyOption.REPLACE_EXISTING);
  }
}
