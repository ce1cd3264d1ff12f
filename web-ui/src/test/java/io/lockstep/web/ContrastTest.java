package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each text of the console on each ground that it may stand on, in the light and in the dark, as
/// the style sheets have them: WCAG 2.2 asks for a contrast of 4.5 to 1 (1.4.3, AA).
@Tag("unit")
class ContrastTest {
  private static final double LEAST = 4.5;

  /// Texts that stand on the page, in a card, or in a message.
  private static final List<String> TEXTS =
      List.of("--pico-color", "--pico-h1-color", "--pico-h2-color", "--pico-primary", "--calm");

  /// Texts of badges, which stand on the page or in a card.
  private static final List<String> BADGES = List.of("--good", "--warn", "--bad");

  /// Texts that have a ground of their own.
  private static final Map<String, String> OWN_GROUND =
      Map.of(
          "--on-danger", "--danger",
          "--pico-primary-inverse", "--pico-primary-background",
          "--pico-secondary-inverse", "--pico-secondary-background",
          "--pico-code-color", "--pico-code-background-color",
          "--pico-form-element-color", "--pico-form-element-background-color",
          "--pico-form-element-placeholder-color", "--pico-form-element-background-color");

  private static final Pattern VARIABLE = Pattern.compile("(--[a-z0-9-]+):\\s*([^;}]+)");
  private static final Pattern MIX =
      Pattern.compile(
          "background: color-mix\\(in srgb, var\\((--[a-z]+)\\) (\\d+)%, transparent\\)");
  private static final Pattern DOCUMENT = Pattern.compile(":root[^\\s,]*\\s*(?:,|$)");
  private static final Pattern RULE = Pattern.compile("([^{}]+)\\{([^{}]*)}");

  private final Map<String, String> variables = new HashMap<>();

  private record Colour(double red, double green, double blue) {
    Colour over(Colour ground, double share) {
      return new Colour(
          red * share + ground.red * (1 - share),
          green * share + ground.green * (1 - share),
          blue * share + ground.blue * (1 - share));
    }

    double luminance() {
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    }

    private static double linear(double part) {
      double share = part / 255;
      return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
    }

    double contrast(Colour other) {
      double lighter = Math.max(luminance(), other.luminance());
      double darker = Math.min(luminance(), other.luminance());
      return (lighter + 0.05) / (darker + 0.05);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void eachTextCanBeReadOnEachGround(String theme) throws IOException {
    String ours = text("/assets/console.css");
    read(text("/META-INF/resources/webjars/picocss__pico/2.1.1/css/pico.css"), theme);
    read(ours, theme);
    List<String> bad = new ArrayList<>();
    int pairs = 0;
    for (String ground : List.of("--pico-background-color", "--pico-card-background-color")) {
      List<String> texts = new ArrayList<>(TEXTS);
      texts.addAll(BADGES);
      for (String one : texts) {
        pairs++;
        judge(bad, one, ground, colour(ground));
      }
    }
    Matcher mix = MIX.matcher(ours);
    while (mix.find()) {
      Colour page = colour("--pico-background-color");
      Colour ground = colour(mix.group(1)).over(page, Integer.parseInt(mix.group(2)) / 100.0);
      for (String one : TEXTS) {
        pairs++;
        judge(bad, one, mix.group(), ground);
      }
    }
    OWN_GROUND.forEach((one, ground) -> judge(bad, one, ground, colour(ground)));
    assertThat(bad).as(theme).isEmpty();
    assertThat(pairs).as("pairs looked at").isGreaterThan(30);
  }

  private void judge(List<String> bad, String text, String where, Colour ground) {
    double contrast = colour(text).contrast(ground);
    if (contrast < LEAST) {
      bad.add("%s on %s: %.2f".formatted(text, where, contrast));
    }
  }

  /// The variables of the rules for the whole document, as that theme leaves them. A rule inside of
  /// `@media` is the dark's: the others there set no colour.
  private void read(String sheet, String theme) {
    Matcher rule = RULE.matcher(sheet);
    while (rule.find()) {
      boolean isNested = rule.start() > 0 && sheet.charAt(rule.start() - 1) == '{';
      boolean isMeant = !isNested || theme.equals("dark");
      if (isMeant && DOCUMENT.matcher(rule.group(1)).find()) {
        Matcher variable = VARIABLE.matcher(rule.group(2));
        while (variable.find()) {
          variables.put(variable.group(1), variable.group(2).strip());
        }
      }
    }
  }

  private Colour colour(String name) {
    String value = Objects.requireNonNull(variables.get(name), name);
    if (value.startsWith("var(")) {
      return colour(value.substring(4, value.length() - 1));
    }
    if (value.startsWith("#")) {
      String digits = value.substring(1);
      return digits.length() == 3
          ? hex(digits.replaceAll("(.)", "$1$1"))
          : hex(digits.substring(0, 6));
    }
    assertThat(value).as(name).startsWith("rgb(");
    String[] parts = value.substring(4, value.length() - 1).split(",", -1);
    return new Colour(
        Double.parseDouble(parts[0]), Double.parseDouble(parts[1]), Double.parseDouble(parts[2]));
  }

  private static Colour hex(String digits) {
    int all = Integer.parseInt(digits, 16);
    return new Colour(all >> 16, all >> 8 & 0xff, all & 0xff);
  }

  private static String text(String resource) throws IOException {
    try (InputStream in = ContrastTest.class.getResourceAsStream(resource)) {
      return new String(Objects.requireNonNull(in, resource).readAllBytes(), UTF_8);
    }
  }
}
