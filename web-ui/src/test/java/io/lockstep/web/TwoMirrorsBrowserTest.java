package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.support.ui.Select;

/// A person with a browser before a pair with two mirrors, as a daemon would tell of it.
@Tag("browser")
final class TwoMirrorsBrowserTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aVolumeIsMadeOnTheMirrorThatWasChosenAndFoundThere(boolean scripts) throws Exception {
    var daemon = new TwoMirrorsFake();
    try (var console = new FakedConsole(directory, daemon)) {
      ChromeDriver browser = Chromium.open(directory.resolve("chromium"), scripts);
      try {
        browser.get(console.url());
        Chromium.signIn(browser, console.password());
        Chromium.see(browser, By.linkText("Volumes")).click();
        Chromium.see(browser, By.name("name")).sendKeys("vm2");
        browser.findElement(By.name("size")).sendKeys("32M");
        var mirror = new Select(browser.findElement(By.name("mirror")));
        assertThat(mirror.getOptions())
            .extracting(option -> option.getText())
            .containsExactly("main, served by a", "second, served by b");
        mirror.selectByVisibleText("second, served by b");
        mirror.selectByVisibleText("main, served by a");
        Chromium.picture(browser, "12-mirror-of-a-new-volume");
        browser.findElement(By.xpath("//button[text()='Create']")).click();
        Chromium.see(browser, By.xpath("//*[text()='The volume was created.']"));
        assertThat(daemon.changes())
            .containsExactly(
                "POST /v1/volumes {\"name\":\"vm2\",\"sizeBytes\":33554432,\"mirror\":\"main\"}");

        browser.findElement(By.cssSelector("a[href='/volumes/main/vm2']")).click();
        Chromium.see(browser, By.xpath("//h1/small[text()='32 MiB on mirror main']"));
        browser.get(console.url() + "/volumes/vm2");
        Chromium.see(browser, By.cssSelector(".message.problem"));
        assertThat(browser.findElement(By.cssSelector(".message.problem")).getText())
            .contains("more than one volume vm2", "mirrors main and second have one each");
        Chromium.picture(browser, "13-two-of-one-name");
        browser.findElement(By.cssSelector("a[href='/volumes/second/vm2']")).click();
        Chromium.see(browser, By.xpath("//h1/small[text()='16 MiB on mirror second']"));
        Chromium.picture(browser, "14-volume-of-a-mirror");
      } finally {
        browser.quit();
      }
    }
  }
}
