machine "web" "nginx"
