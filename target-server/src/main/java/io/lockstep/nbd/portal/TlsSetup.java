package io.lockstep.nbd.portal;

import io.lockstep.nbd.session.TlsMode;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/// The TLS of a portal: its certificate, and who signs those of clients. TLS 1.2 and 1.3 by the
/// JDK; older ones are not spoken (proto.md, "TLS versions").
public final class TlsSetup {
  private final TlsMode mode;
  private final Optional<SslContext> context;

  private TlsSetup(TlsMode mode, Optional<SslContext> context) {
    this.mode = mode;
    this.context = context;
  }

  /// No TLS.
  public static TlsSetup none() {
    return new TlsSetup(TlsMode.NONE, Optional.empty());
  }

  /// TLS with certificates from PEM files.
  ///
  /// @param forced whether nothing is told without
  /// @param certificate this server's, with those that lead to its authority
  /// @param key of that certificate, PKCS 8
  /// @param clientAuthority whose certificates clients must show; empty if they need none
  /// @throws IOException a file cannot be read, or holds no such thing
  public static TlsSetup of(
      boolean forced, Path certificate, Path key, Optional<Path> clientAuthority)
      throws IOException {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(certificate.toFile(), key.toFile())
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2");
      if (clientAuthority.isPresent()) {
        builder.trustManager(ClientTrust.of(clientAuthority.get())).clientAuth(ClientAuth.REQUIRE);
      }
      TlsMode mode = forced ? TlsMode.FORCED : TlsMode.OFFERED;
      return new TlsSetup(mode, Optional.of(builder.build()));
    } catch (SSLException | IllegalArgumentException unusable) {
      throw new IOException(
          "no usable certificate and key in %s and %s: %s"
              .formatted(certificate, key, unusable.getMessage()),
          unusable);
    }
  }

  TlsMode mode() {
    return mode;
  }

  /// What speaks TLS on a channel.
  SslHandler handler(Channel channel, long handshakeNanosMax) {
    SslHandler handler = context.orElseThrow().newHandler(channel.alloc());
    handler.setHandshakeTimeout(handshakeNanosMax, TimeUnit.NANOSECONDS);
    return handler;
  }

  /// The name in the certificate that a client has shown; empty if it needed none.
  static Optional<String> clientName(SslHandler handler) {
    try {
      return Optional.of(handler.engine().getSession().getPeerPrincipal().getName());
    } catch (SSLPeerUnverifiedException none) {
      return Optional.empty();
    }
  }
}
