package org.posthorn.app.admin;

/// An address that the server listens on. `tls` is `none`, `starttls` or `implicit`; `connections`
/// how many are open now.
public record ListenerStatus(String name, String host, int port, String tls, int connections) {
  public String address() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
