local t = {}
for i = 1, 1e5 do t = { t } end
machine "a" { depends_on = t }
