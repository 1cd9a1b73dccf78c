note(host.kernel)
