package io.lockstep.daemon;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.Optional;

/// A TCP address as people write it: `host:port`, an IPv6 address in brackets. Immutable.
public record HostPort(String host, int port) {
  /// The address that `text` means, or empty.
  public static Optional<HostPort> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      return Optional.empty();
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    boolean plain = !host.contains(":") && !host.contains("[") && !host.contains(" ");
    String digits = text.substring(colon + 1);
    if (!(bracketed || plain) || !digits.matches("[0-9]{1,5}")) {
      return Optional.empty();
    }
    int port = Integer.parseInt(digits);
    String bare = bracketed ? compressed(host.substring(1, host.length() - 1)) : host;
    return port > 0xffff ? Optional.empty() : Optional.of(new HostPort(bare, port));
  }

  /// The host that `text` means, a name or an address without a port; or empty.
  static Optional<String> parseHost(String text) {
    boolean address = text.contains(":");
    if (!address) {
      return text.matches("[^\\s\\[\\]]+") ? Optional.of(text) : Optional.empty();
    }
    int scope = text.indexOf('%');
    return NetUtil.isValidIpV6Address(scope < 0 ? text : text.substring(0, scope))
        ? Optional.of(compressed(text))
        : Optional.empty();
  }

  /// An IPv6 address as RFC 5952 writes it; one with a scope stays as it is.
  private static String compressed(String address) {
    boolean plain = address.indexOf('%') < 0 && NetUtil.isValidIpV6Address(address);
    return plain
        ? NetUtil.bytesToIpAddress(NetUtil.createByteArrayFromIpAddressString(address))
        : address;
  }

  /// Whether it stands for every address of a machine.
  boolean isWildcard() {
    return host.equals("0.0.0.0") || host.equals("0") || host.matches("[0:]*:[0:]*");
  }

  public InetSocketAddress socketAddress() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
