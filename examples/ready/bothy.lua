-- A service that others wait for, and one that nobody logs into.
defaults { box = "debian/12", provider = "container" }

machine "db" {
  provision = { shell [[ apt-get update && apt-get install -y postgresql ]] },
  ready = { port = 5432, command = "pg_isready", timeout = "2m" },
}

machine "web" {
  depends_on = { "db" },
  -- ssh = { authorize = { ssh_public_key() } },     your own key may log in beside bothy's
}

machine "router" {
  autostart = false,
  guest = "none",
  ready = { port = 443 },
}
