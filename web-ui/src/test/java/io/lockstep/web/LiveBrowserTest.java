package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.PairStatus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.WebDriverWait;

/// A person at work on a page while the pair changes under it: what they have typed, selected,
/// opened and reached with the Tab key stays, and the page tells what is new all the same.
@Tag("browser")
final class LiveBrowserTest {
  private static final long GIB = 1L << 30;
  private static final String HEADING = "h1 small";

  @TempDir Path directory;

  private volatile PairStatus status = Pictures.healthy();
  private FakedConsole console;
  private ChromeDriver browser;

  @BeforeEach
  void open() throws Exception {
    Function<String, Object> daemon =
        request -> request.startsWith("GET /v1/connect/") ? Pictures.connecting() : status;
    console = new FakedConsole(directory, daemon);
    browser = Chromium.open(directory.resolve("chromium"), true);
    browser.get(console.url());
    Chromium.signIn(browser, console.password());
    Chromium.see(browser, By.linkText("Volumes"));
  }

  @AfterEach
  void close() throws Exception {
    browser.quit();
    console.close();
  }

  @Test
  void whatIsTypedSelectedAndOpenedStays() {
    browser.get(console.url() + "/volumes/main/vm1");
    browser.findElement(By.cssSelector("details summary")).click();
    WebElement size = browser.findElement(By.name("size"));
    size.sendKeys("40");

    status = Pictures.healthy(96 * GIB, List.of(alert("first")));
    seeText(HEADING, "96 GiB");
    assertThat(browser.switchTo().activeElement()).isEqualTo(size);
    new Actions(browser).sendKeys("G").perform();
    assertThat(size.getDomProperty("value")).isEqualTo("40G");
    assertThat(browser.findElement(By.tagName("details")).getDomAttribute("open")).isNotNull();

    run("getSelection().selectAllChildren(document.querySelector('dl.facts code'))");
    status = Pictures.healthy(128 * GIB, List.of());
    seeText(HEADING, "128 GiB");
    assertThat(run("return getSelection().toString()")).isEqualTo(Pictures.IQN);
    assertThat(size.getDomProperty("value")).isEqualTo("40G");
  }

  /// A pair that is worse with every key, and better again.
  @Test
  void theTabKeyGoesThroughAPageThatChangesMeanwhile() {
    browser.get(console.url());
    List<Object> inOrder = list("a[href], button");
    List<Object> reached = new ArrayList<>();
    for (int step = 0; step < inOrder.size(); step++) {
      new Actions(browser).sendKeys(Keys.TAB).perform();
      String word = "step-" + step;
      status = Pictures.healthy(GIB, step % 3 == 2 ? List.of() : List.of(alert(word)));
      seeText("#live", step % 3 == 2 ? null : word);
      reached.add(run("return document.activeElement.textContent.trim()"));
    }
    assertThat(reached).containsExactlyElementsOf(inOrder);
  }

  @Test
  void whereNothingChangesNothingIsTouched() {
    browser.get(console.url());
    run(
        """
        window.touched = 0;
        window.fetched = 0;
        new MutationObserver(records => window.touched += records.length).observe(
            document.querySelector('#live .pair'),
            { subtree: true, childList: true, attributes: true, characterData: true });
        document.body.addEventListener('htmx:afterSettle', () => window.fetched++);
        """);
    new WebDriverWait(browser, Chromium.DEADLINE)
        .until(_ -> (Long) run("return window.fetched") >= 3);
    assertThat(run("return window.touched")).isEqualTo(0L);
  }

  /// Of 500 volumes, on a page that changes meanwhile.
  @Test
  void aLongTableIsSearchedOrderedAndTurned() {
    status = TableTest.pair();
    browser.get(console.url() + "/volumes");
    assertThat(rows()).startsWith("vm000").hasSize(Table.ROWS);
    browser.findElement(By.name("q")).sendKeys("vm4" + Keys.ENTER);
    seeText(".pages", "1 to 50 of 100 that hold it, of 500 in all");
    browser.findElement(By.linkText("Size")).click();
    Chromium.see(browser, By.cssSelector("[aria-sort=ascending]"));
    assertThat(rows()).startsWith("vm499", "vm498");
    browser.findElement(By.linkText("Further")).click();
    seeText(".pages", "51 to 100 of 100");
    assertThat(rows()).startsWith("vm449").endsWith("vm400");
    status = Pictures.of(status.volumes().subList(0, 450));
    seeText(".pages", "1 to 50 of 50");
    assertThat(rows()).startsWith("vm449").hasSize(Table.ROWS);
    browser.findElement(By.linkText("All of them")).click();
    seeText(".pages", "1 to 50 of 450");
  }

  /// The names, as they are now.
  private List<Object> rows() {
    return list("tbody th");
  }

  /// The seventh page stood still for a minute: those that the browser kept for the way back held
  /// all of its connections.
  @Test
  void pagesThatWereLeftHoldNoConnectionAndFollowAgainWhenOneComesBack() {
    browser.manage().timeouts().pageLoadTimeout(Chromium.DEADLINE);
    for (int visit = 0; visit < 5; visit++) {
      browser.get(console.url() + "/volumes");
      browser.get(console.url() + "/volumes/main/vm1");
      Chromium.see(browser, By.cssSelector(HEADING));
    }
    browser.navigate().back();
    status = Pictures.healthy(96 * GIB, List.of());
    seeText("#live", "96 GiB");
  }

  @Test
  void whoseSignInHasEndedSignsInAndIsBack() {
    browser.get(console.url() + "/volumes/main/vm1");
    browser.manage().deleteAllCookies();
    Chromium.see(browser, By.name("password"));
    assertThat(browser.findElements(By.id("live"))).isEmpty();
    Chromium.signIn(browser, console.password());
    Chromium.see(browser, By.cssSelector(HEADING));
    assertThat(browser.getCurrentUrl()).isEqualTo(console.url() + "/volumes/main/vm1");
  }

  @Test
  void aPageThatLearnsNothingAnyMoreSaysSo() throws Exception {
    browser.get(console.url());
    WebElement stale = browser.findElement(By.id("stale"));
    assertThat(stale.isDisplayed()).isFalse();
    console.close();
    new WebDriverWait(browser, Chromium.DEADLINE).until(_ -> stale.isDisplayed());
    assertThat(stale.getText()).contains("may be out of date", "The console does not answer");
  }

  private void seeText(String selector, @Nullable String wanted) {
    new WebDriverWait(browser, Chromium.DEADLINE)
        .until(
            _ -> {
              String text = browser.findElement(By.cssSelector(selector)).getText();
              return wanted == null ? !text.contains("step-") : text.contains(wanted);
            });
  }

  private List<Object> list(String selector) {
    Object found =
        run(
            "return Array.from(document.querySelectorAll('"
                + selector
                + "')).map(one => one.textContent.trim())");
    return List.copyOf((List<?>) found);
  }

  private Object run(String script) {
    Object result = browser.executeScript(script);
    return result == null ? "" : result;
  }

  private static Alert alert(String word) {
    return Alert.of(Alert.WARNING, word, "a", "This is " + word + ".", "Nothing.");
  }
}
