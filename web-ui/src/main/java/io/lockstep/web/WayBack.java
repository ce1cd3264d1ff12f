package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where somebody was, or wanted to go, who has to sign in first: a page of the console, carried in
/// the address of the sign-in and in its form. Whatever else is there leads to the overview: no
/// link sends a person who has just signed in to another site. Pure.
final class WayBack {
  /// The parameter that carries it.
  static final String PARAMETER = "next";

  /// Where a person goes who was nowhere.
  static final String OVERVIEW = "/";

  private static final int LENGTH_MAX = 1000;

  /// A path here: after one slash neither another one nor a backslash, which would begin a host.
  private static final Pattern OWN = Pattern.compile("/(?![/\\\\])[!-~&&[^\\\\]]*");

  /// Addresses that are no page.
  private static final Pattern NO_PAGE =
      Pattern.compile("/(sign-in|sign-out|live|api|assets|webjars|health)([/?].*)?");

  private WayBack() {}

  /// What is wanted, if it is a page of the console; else the overview.
  static String checked(@Nullable String wanted) {
    if (wanted == null) {
      return OVERVIEW;
    }
    boolean isOwn =
        wanted.length() <= LENGTH_MAX
            && OWN.matcher(wanted).matches()
            && !NO_PAGE.matcher(wanted).matches();
    return isOwn ? wanted : OVERVIEW;
  }

  /// The address of the sign-in that leads back to what a request came from.
  static String signIn(Context context) {
    String back = checked(whence(context));
    return back.equals(OVERVIEW)
        ? "/sign-in"
        : "/sign-in?" + PARAMETER + "=" + URLEncoder.encode(back, UTF_8);
  }

  /// A page is wanted itself; a part of one, or a form, belongs to the page where the person is.
  private static @Nullable String whence(Context context) {
    if (isOfOpenPage(context)) {
      return path(context.header("HX-Current-URL"));
    }
    if (!context.method().name().equals("GET")) {
      return path(context.header("Referer"));
    }
    String query = context.queryString();
    return context.req().getRequestURI() + (query == null ? "" : "?" + query);
  }

  /// Whether a script of an open page asks, whose answer becomes a part of that page.
  static boolean isOfOpenPage(Context context) {
    return context.header("HX-Request") != null;
  }

  private static @Nullable String path(@Nullable String address) {
    if (address == null) {
      return null;
    }
    try {
      var uri = new URI(address);
      String query = uri.getRawQuery();
      return uri.getRawPath() + (query == null ? "" : "?" + query);
    } catch (URISyntaxException e) {
      return null;
    }
  }
}
