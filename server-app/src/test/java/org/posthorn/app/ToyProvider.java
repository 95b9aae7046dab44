package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;

/// An identity provider on loopback: discovery, keys, introspection. Used by one test.
final class ToyProvider implements AutoCloseable {
  private final HttpServer server;
  private final String scheme;
  private final Map<String, String> opaque = new ConcurrentHashMap<>();
  private final AtomicInteger keysRead = new AtomicInteger();
  private volatile List<JWK> keys = List.of();

  /// Over HTTP.
  ToyProvider() throws IOException {
    this(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0), "http");
  }

  private ToyProvider(HttpServer server, String scheme) {
    this.server = server;
    this.scheme = scheme;
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/.well-known/openid-configuration", this::discovery);
    server.createContext("/jwks", this::keys);
    server.createContext("/introspect", this::introspect);
    server.start();
  }

  /// Over HTTPS, with a certificate.
  static ToyProvider tls(SSLContext context) throws IOException {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return new ToyProvider(server, "https");
  }

  String issuer() {
    return scheme + "://127.0.0.1:" + server.getAddress().getPort();
  }

  int keysRead() {
    return keysRead.get();
  }

  RSAKey newRsaKey(String id) throws JOSEException {
    RSAKey key = new RSAKeyGenerator(2048).keyID(id).generate();
    publish(key);
    return key;
  }

  ECKey newEcKey(String id) throws JOSEException {
    ECKey key = new ECKeyGenerator(Curve.P_256).keyID(id).generate();
    publish(key);
    return key;
  }

  /// Another answer for a path.
  void answers(String path, HttpHandler handler) {
    server.removeContext(path);
    server.createContext(path, handler);
  }

  void forgetKeys() {
    keys = List.of();
  }

  private void publish(JWK key) {
    var all = new ArrayList<JWK>(keys);
    all.add(key);
    keys = List.copyOf(all);
  }

  /// A token that is not signed, with what is said of it when asked.
  void opaque(String token, String answer) {
    opaque.put(token, answer);
  }

  String token(RSAKey key, UnaryOperator<JWTClaimsSet.Builder> change) throws JOSEException {
    return token(JWSAlgorithm.RS256, key.getKeyID(), new RSASSASigner(key), change);
  }

  String token(ECKey key, UnaryOperator<JWTClaimsSet.Builder> change) throws JOSEException {
    return token(JWSAlgorithm.ES256, key.getKeyID(), new ECDSASigner(key), change);
  }

  String token(
      JWSAlgorithm algorithm,
      String keyId,
      JWSSigner signer,
      UnaryOperator<JWTClaimsSet.Builder> change)
      throws JOSEException {
    var token =
        new SignedJWT(
            new JWSHeader.Builder(algorithm)
                .keyID(keyId)
                .type(new JOSEObjectType("at+jwt"))
                .build(),
            change.apply(claims()).build());
    token.sign(signer);
    return token.serialize();
  }

  /// What is good.
  JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer(issuer())
        .audience("mail.example.org")
        .claim("scope", "openid mail")
        .claim("email", "ann@example.org")
        .expirationTime(Date.from(Instant.now().plusSeconds(600)));
  }

  private void discovery(HttpExchange exchange) throws IOException {
    answer(exchange, "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/jwks\"}".formatted(issuer(), issuer()));
  }

  private void keys(HttpExchange exchange) throws IOException {
    keysRead.incrementAndGet();
    answer(exchange, new JWKSet(keys).toPublicJWKSet().toString());
  }

  /// Knows the client `posthorn` with the secret `s3cret`.
  private void introspect(HttpExchange exchange) throws IOException {
    String form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    boolean known =
        "Basic cG9zdGhvcm46czNjcmV0".equals(exchange.getRequestHeaders().getFirst("Authorization"));
    String token = form.replaceFirst("token=([^&]*).*", "$1");
    answer(exchange, known ? opaque.getOrDefault(token, "{\"active\":false}") : "no");
  }

  static void answer(HttpExchange exchange, String json) throws IOException {
    byte[] body = json.getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
